//! One row or two of every further layout.

use kernel::codes::RevenueType::{self, *};
use kernel::currency::Currency;

use super::*;

/// Reads a text, supplying what its layout lacks, and checks layout, total and type of the first line.
fn check(text: &str, layout: &str, amounts: &str, kind: RevenueType) -> Read {
    let supplied =
        Supplied { currency: text.contains("Nb of plays").then(|| Currency::parse("EUR").unwrap()), period: None };
    let supplied = if text.contains("CREDIT_OR_DEBIT") {
        Supplied { currency: Currency::parse("GBP").ok(), ..supplied }
    } else {
        supplied
    };
    let report = read_named("report_202403.csv", text.as_bytes(), supplied).unwrap();
    assert_eq!(report.problems(), Vec::<String>::new());
    assert_eq!((report.layout.as_str(), report.amounts().as_str()), (layout, amounts));
    assert_eq!(report.lines[0].revenue_type, kind, "{layout}");
    assert!(report.totals.controls.iter().all(|control| control.outcome == Outcome::Agrees));
    report
}

#[test]
fn services() {
    check(
        "Service Name,Start Date,End Date,DPID,Member Name,Label Name,Release Title,Artist Name,Track Title,Release ID,ISRC,Genre,Country of Sale,Service Tier,Service Plan,Type of Play,Quantity,Currency,Total Payable\nAnghami,2024-03-01,2024-03-31,P,M,L,R,A,T,0718752340625,DEXYZ2300011,Pop,AE,Premium,I,Stream,166,USD,0.0993909\n",
        "anghami",
        "0.0993909 USD",
        Stream,
    );
    check(
        "Service\tStart_Date\tEnd_Date\tDPID\tMember_Name\tLabel_Name\tRelease_Title\tArtist_Name\tTrack_Title\tRelease_ID\tGRID\tISRC\tGenre\tCountry_Of_Sale\tCommercial_Model\tSound_Quality\tService_Type\tType_Of_Play\tPrice_Code\tRetail_Price\tRetail_Currency\tUnit_Price\tQuantity\tTotal_Payable\tTotal_Payable_USD\nBoomplay\t20240301\t20240331\tP\tM\tL\tR\tA\tT\t\t\t\tAfro\tNG\tAd\tHQ\tB\tOnline\t\t0\tNGN\t0.0005\t166\t149.08\t0.0993\n",
        "boomplay",
        "0.0993 USD",
        Stream,
    );
    check(
        "Service,Start_Date,End_Date,DPID,Member_Name,Label_Name,Release_Title,Artist_Name,Track_Title,Release_ID,ISRC,Country_Of_Sale,Service_Type,Quantity_ Streams,Quantity_ Cache_ Plays,Statement_Currency,Total_Payable,USD_Amount\nNetease,2024-03-01,2024-03-31,P,M,L,R,A,T,,,CN,VIP,2653,2,CNY,0.993909,0.138\n",
        "netease",
        "0.993909 CNY",
        Stream,
    );
    check(
        "ReportStartDt\tReportEndDt\tEntityName\tMerlin Member\tLabel Code\tArtist Name\tAlbum Name\tUPC\t# Discs\tAlbum Sequence\tTrack Name\tISRC\t# Streams\tAlbum ID\tTrack ID\tCountry\tPrice\tCurr\tProductTier\n2024-03-01\t2024-03-31\tiHeart\tM\tL\tA\tR\t\t1\t1\tT\t\t166\t700\t9000\tUS\t0.0993909\tUSD\tPlus\n",
        "iheart",
        "0.0993909 USD",
        Stream,
    );
    check(
        "Reporting start date,Reporting end date,DSP,Territory,Service type,Content type,Track ISRC,Track title,Album UPC,Album title,Artist name,Quantity,Net royalty total in payment currency,Payment owed to label owner in payment currency,Payment currency\n2024-03-01,2024-03-31,D,GB,Sub,Track,,T,,R,A,203,1.87,1.82,USD\n",
        "merlin-dsp",
        "1.82 USD",
        Stream,
    );
    check(
        "service,start_date,end_date,country,product,event_count,event_count_including_estimates,repeated_event_count,elected_isrc,isrcs,track_title,track_artist,release_id,page_name,usd_payable\nFacebook,2024-03-01,2024-03-31,US,AL,1327,1328,0,,A;B,T,A,,,0.00993908\n",
        "meta-music",
        "0.00993908 USD",
        Social,
    );
    check(
        "platform_name,report_start_date,report_end_date,provider_dpid,content_provider,label_name,territory,content_type,platform_song_id,isrc,product_code,song_title,artist,album,genre,video_creations,video_views,statement_currency,statement_amount\nTikTok,2024-03-01,2024-03-31,P,D,L,US,CML,7,,,T,A,R,Pop,20,19772,USD,0.0066\n",
        "tiktok",
        "0.0066 USD",
        Social,
    );
    let deezer = check("start_report,end_report,isrc,artist,title,album,upc,country,nb_of_plays,royalties,service_name\n01/03/2024,31/03/2024,,A,T,R,,FR,332,0.25,Premium\n".replace("nb_of_plays", "Nb of plays").as_str(), "deezer", "0.25 EUR", Stream);
    assert_eq!(deezer.lines[0].sale_to, day("2024-03-31"));
    check(
        "MessageVersionId,MessageSender,MessageNotificationStartDate,MessageNotificationEndDate,UnitsSoldTotal,CurrencyCode,NumberOfSalesLines,TotalAmountPayable\n1.0,PANDORA,2024-03-01,2024-03-31,7,USD,1,0.5\nDSP,Member,SalesDate,LabelName,ISRC,UPC,ResourceTitle,Contributors,ReleaseTitle,Genre,TerritoryCode,UseType,PlanName,PriceRangeType,NumberOfConsumerSalesGross,EffectiveRoyaltyRate,CurrencyCode\nPandora,M,2024-03-31,L,,,T,A,R,Pop,US,Stream,P,Full,7,0.5,USD,\n",
        "pandora",
        "0.5 USD",
        Stream,
    );
    check(
        "Partner ID,Partner Name,Label Name,Account ID,Account Name,Artist Name,Album Title,Track Name,Track ID,Track Classification,ISRC,UPC,Reporting Period,Territory,Total Plays,Total Amount,Revenue Currency,Monetisation Type,Usage Type,Version\n17,D,L,88,l,A,R,T,300,o,,,2024-03,US,332,0.025,USD,sub,stream,3.2\n",
        "soundcloud-licensor",
        "0.025 USD",
        Stream,
    );
    check(
        "\"Account ID\",\"\",\"\"\n\"0-0\",\"\",\"\"\n\"Track\",\"Artist(s)\",\"Partner\",\"Country\",\"Reporting Period\",\"ISRC\",\"UPC\",\"Units\",\"Revenue (USD)\"\n\"T\",\"A\",\"TikTok\",\"United States\",\"2024-01\",\"\",\"\",\"664\",\"0.99\"\n",
        "soundcloud-artist",
        "0.99 USD",
        Social,
    );
    check(
        "company,isrc,upc,label,territory,vendor,catalogue number,artist,track,mix,remixer,copies,artist net royalty ($ usd),media,media id,reference\nL,,,L,US,Beatport,LR1,A,T,O,,21,4.993,Track,5000,Beatport Sales - 01 Mar 2024\n",
        "beatport-label",
        "4.993 USD",
        Download,
    );
}

#[test]
fn distributors() {
    let believe = check(
        "\"Reporting month\";\"Sales Month\";\"Platform\";\"Country / Region\";\"Label Name\";\"Artist Name\";\"Release title\";\"Track title\";\"UPC\";\"ISRC\";\"Release Catalog nb\";\"Streaming Subscription Type\";\"Release type\";\"Sales Type\";\"Quantity\";\"Client Payment Currency\";\"Unit Price\";\"Mechanical Fee\";\"Gross Revenue\";\"Client share rate\";\"Net Revenue\"\n\"2024/05/01\";\"2024/02/01\";\"Spotify\";\"United States\";\"L\";\"A\";\"R\";\"T\";\"\";\"\";\"C\";\"Premium\";\"M\";\"Stream\";\"-3\";\"EUR\";\"0,1\";\"0\";\"-0,3\";\"0,80\";\"-1\u{a0}234,5\"\n",
        "believe",
        "-1234.5 EUR",
        Stream,
    );
    assert!(believe.lines[0].is_return);
    check(
        "Labelname;ISRC;EAN/UPC;Artist;Producttitle;Tracktitle;Art.No.;GRid;Licensee;Outletname;Format;Distribution Channel;Territory;Sales Period;PPD;Units;Net Revenue;Royalty Amount Customer;DMB Retailer Name;DMB Store Name\r\nL;;;A;R;T;LR1;;K;iTunes;Track;Download;GB;03/2024;0,00;618;2,558539;1,918904;Apple;Apple Music\r\n",
        "kontor",
        "1.918904 EUR",
        Download,
    );
    check(
        "Report Date\tSales Date\tQuantity\tPrice\tSubtotal\tIsrc\tBarcode\tCDBabySku\tAlbum Name\tArtist Name\tTrack Name\tPartner Name\tTransaction Type\tDelivery Country\r\n10/15/2023 12:00:00 AM\t7/31/2023 12:00:00 AM\t1\t0.09\t0.0998269974\tdexyz2300011\t\"0718752340625\"\ts\tR\tA\tT\tAmazon\tStream\tIN\r\n",
        "cdbaby",
        "0.0998269974 USD",
        Stream,
    );
    let tunecore = check(
        "Sales Period,Posted Date,Store Name,Country Of Sale,Artist,Release Type,Release Title,Song Title,Label,UPC,Optional UPC,TC Song ID,Optional ISRC,Sales Type,# Units Sold,Per Unit Price,Net Sales,Net Sales Currency,Exchange Rate,Total Earned,Currency\r\n2024-03-01,2024-06-01,iTunes,GB,A,Song,R,T,L,859,0718752340625,TCX,DEXYZ2300011,Download,155,0.005,0.80,JPY,0.0053,0.0042,GBP\r\n",
        "tunecore",
        "0.0042 GBP",
        Download,
    );
    assert_eq!(tunecore.lines[0].gross.unwrap().1.code(), "JPY");
    assert_eq!(
        tunecore.metadata[0],
        r#"{"exchange_rate":"0.0053","label":"L","per_unit_price":"0.005","tunecore_upc":"859"}"#
    );
    let symphonic = check(
        "Reporting Period,Label,Release Name,Release Version,Release Artists,UPC Code,Catalogue,Track Title,Mix Version,ISRC Code,Track Artists,Digital Service Provider,Activity Period,Territory,Delivery,Content Type,Sale or Void,Count,Royalty ($US)\nJUN-25,L,R,,A,,C,T,,,A,Spotify,May 2025,ROM,Streaming,Single,Void,0,-0.06\nJUN-25,L,R,,A,,C,T,,,A,Spotify,May 2025,N/A,Streaming,Single,Void,0,0.01\n",
        "symphonic",
        "-0.05 USD",
        Stream,
    );
    assert_eq!(symphonic.lines[0].territory.valid().unwrap().code(), "RO");
    assert!(symphonic.lines[1].is_return && symphonic.lines[1].territory == Coded::Absent);
    check(
        "Royalty ID,Asset ISRC,Asset Title,Asset Artist,Sale net receipts calculation,Sale net receipts,Reported Royalty,Asset/Product,Territory,Quantity,Sale Type,Sale Start date,Sale End date,Sale Store Name,Exchange Rate,Currency,Product Title,Product UPC\n1,DEXYZ2300011,T,A,£0.1 × 0.985 £/£ = £,0.0016,0.00139510587933175,Asset,GB,1,Streaming,2022-08-01,2022-08-31,Spotify,0.985,GBP,R,\n",
        "fuga-royalty-extended",
        "0.00139510587933175 GBP",
        Stream,
    );
    check(
        "start_date,end_date,confirmation_report_date,country,currency,type,units,unit_price,net_total,currency_rate,gross_total_client_currency,net_total_client_currency,user,channel,upc,track,isrc\n2024-03-01,2024-03-31,2024-05-02,GB,USD,t,309,0.004,0.95,0.9223,1.17,0.88490253,u@example.com,Deezer,,T,\n",
        "sonosuite",
        "0.88490253 EUR",
        Stream,
    );
    check(
        "Internal Invoice Number,Customer,Catalog Number,Title_Description,UPC,Product ID,Artist,Product Title,Digital Service Provider_Subdescription,Country Code,Transaction Type,Quantity,Total Gross Income,Label Net Total,datePaidlast,dateProcessedlast,Label,invoice_description\n1,T,LR1,R,2222222222,DEXYZ2300011,A,T,Tidal,US,Stream,1,0.0128,0.01093420044805,1/6/2020,1/31/2020,L,2019.08 Streams\n",
        "sd-digital",
        "0.01093420044805 USD",
        Stream,
    );
    check(
        "Internal Invoice Number,Customer,Catalog Number,UPC,Title_Description,Artist,Product Title,Customer Region,Country Code,CustomerClassification,signedQuantity,Total Gross Income,Distribution Fee Total,MnD Fee Total,Label Net Total,datePaidlast,dateProcessedlast,Label,Invoice_Description\n1,C,LR1,,Logistics for May,A,,Germany,DE,OVERSEAS,-1,-0.6,0,0,-0.6,8/27/2019,8/30/2019,L,R\n",
        "sd-physical",
        "-0.6 USD",
        Other,
    );
}

#[test]
fn societies_and_publishers() {
    let domestic = check(
        "DistributionYear,Distribution Quarter,Party ID,Party Name,Music User,Network Service,Performance Source/Broadcast Medium,Work ID,Work Title,Number of Plays,Performing Artist,Credits,Dollars,Premium Credits,Premium Dollars,Territory,Performance Quarter\n2025,4,2,F,SPOTIR,,GN-IS,88,TIDE,5306,A,53.060, 00000000000000025.30830,0, 00000000000000000.50000,US,2Q2025\n",
        "ascap-domestic",
        "25.80830 USD",
        Performance,
    );
    assert_eq!((domestic.lines[0].sale_from, domestic.lines[0].sale_to), (day("2025-04-01"), day("2025-06-30")));
    check(
        "File Type,Statement Recipient Name,Statement Recipient ID,Party Name,Party ID,Distribution Date,Country Name,Performance Start Date,Performance End Date,Work Title,Work ID,Revenue Class Code,Revenue Class Description, $ Amount,Role Type,Type Of Right,Territory,Licensor\nINTL,F,1,F,2,11-20-2025,GERMANY,01-01-2025,03-31-2025,TIDE,88,OTH,Other, 000000000000083.2968,W,PERF,DE,GEMA\n",
        "ascap-international",
        "83.2968 USD",
        Performance,
    );
    check(
        "PERIOD,W OR P,PARTICIPANT NAME,PARTICIPANT #,IP #,TITLE NAME,TITLE #,PERF SOURCE,COUNTRY OF PERFORMANCE,PERF COUNT,ROYALTY AMOUNT,WITHHOLD,PERF PERIOD\n20252,W,F,1,2,TIDE,24,SPOTIFY,GERMANY,5305,24.72,N,20244\n",
        "bmi",
        "24.72 USD",
        Performance,
    );
    check(
        "Member,F\nPeriod,May 2025\nNet Royalty Total,AU$45.53\n\nAPRA Distribution,Work ID,Title,Writers,Your Share %,Currency,Gross Royalty,Commission,Tax Withheld,Net Royalty,Category,Client,Territory,Remitting Foreign Society\nP25,GW0,Tide,F,50,AUD,53.06,7.43,0.10,45.53,Radio,ABC,Germany,GEMA\n",
        "apra-amcos",
        "45.53 AUD",
        Performance,
    );
    check(
        "Member,F\nPeriod,May 2025\n\nAMCOS Distribution,Work ID,Title,Writers,Your Share %,Currency,Gross Royalty,Net Royalty\nM25,GW0,Tide,F,50,AUD,53.06,(45.53)\n",
        "apra-amcos",
        "-45.53 AUD",
        Mechanical,
    );
    check(
        "Distribution Identifier\tPayee Name\tWork Primary Title\tMLC Song Code\tISWC\tDSP Name\tDSP Track ID\tRecording Title\tISRC\tTerritory\tUsage Period Start Date\tUsage Period End Date\tNumber of Usages\tPublisher Royalty Amount\tDistributed Amount\nD0\tF\tTIDE\tFA\tT0345246801\tSpotify\tt\tTide\t\tUS\t2024-01-01\t2024-01-31\t730\t0.0016\t0.0008427394\n",
        "mlc-royalty-detail",
        "0.0008427394 USD",
        Mechanical,
    );
    let works = check(
        "Payee Name\tPayee MLC Number\tWork Primary Title\tMLC Song Code\tISWC\tDSP Name\tUse Type\tTerritory\tUsage Period Start Date\tUsage Period End Date\tWork Payable %\tNumber of Usages\tRoyalty Amount\tDistributed Amount\nF\tP0\tTIDE\tFA\tT-034.524.680-1\tSpotify\tInteractive Stream\tUS\t2024-01-01\t2024-01-31\t50\t42446\t0.4\t0.2\n",
        "mlc-work-summary",
        "0.2 USD",
        Mechanical,
    );
    assert_eq!(works.lines[0].iswc.valid().unwrap().as_str(), "T0345246801");
    let debit = check(
        "BATCH_ID,WORK_ID,WORK_TITLE,RIGHT_TYPE,RIGHT_TYPE_GROUP,TERRITORY_ISO_ALPHA_2_CODE,ROYALTY_PERIOD_START_DATE,ROYALTY_PERIOD_END_DATE,SOURCE_NAME,REVENUE_SOURCE_NAME,UNIT_SUM,DISTRIBUTED_AMOUNT,CREDIT_OR_DEBIT\nB,W,Tide,Sync,SYNC,DE,2023-10-01,2023-12-31,GEMA,TV,5,9.8703,DEBIT\n",
        "publisher-statement",
        "-9.8703 GBP",
        Sync,
    );
    assert_eq!((debit.lines[0].units, debit.lines[0].is_return), (5, true));
    let exchange = check(
        "distributor,distribution_year,region,reporting_year,reporting_period,country,track_title,track_id,iswc,isrc,income_type,general_source,music_user,performance_period,number_of_plays,payable_amount,base_amount,bonus_amount,is_adjustment\nBMI,2017,domestic,2017,20172,United States,TIDE,24,,,PERFORMANCE,STREAMING,APPLE MUSIC,2017-01-01,10692,5.85,5.85,0.0,N\nBMI,2024,domestic,2024,20241,Unreported,Adjustments,,,,ADJUSTMENT,ADJUSTMENT,,,0,-4.17,-4.17,0.0,Y\n",
        "royalty-exchange",
        "1.68 USD",
        Performance,
    );
    assert_eq!(exchange.lines[1].sale_from, day("2024-01-01"));
    assert_eq!((exchange.lines[1].revenue_type, exchange.lines[1].platform.as_str()), (Other, "ADJUSTMENT"));
    let prs = check(
        "Record Number,CAE Number,Work Title,Amount (performance revenue),IP1\n1,123,Tide,0.016,Quill\n",
        "prs",
        "0.016 GBP",
        Performance,
    );
    assert_eq!(prs.lines[0].sale_from, day("2024-03-01"));
}

#[test]
fn bandcamp_in_utf16_with_payouts_and_refunds() {
    let text = "date,paid to,item type,item name,artist,currency,item price,quantity,sub total,item total,amount you received,bandcamp transaction id,net amount,upc,isrc,buyer email,country,country code\n\
        1/1/24 4:49am,Bandcamp,album,Harbour,Mara Quill,USD,1,1,1,1,0,4078079163,0.8,0718752340625,,x@example.com,United States,US\n\
        1/1/24 1:35pm,Bandcamp,package,Harbour,Mara Quill,USD,12,1,12,16,0,7.37725782924135E+016,10.15,,,x@example.com,Germany,DE\n\
        1/2/24 6:02pm,me,payout,,,USD,,,,120.62,119.41,1,,,,,,\n\
        1/5/24 11:44am,Bandcamp,refund,Harbour,Mara Quill,USD,,,,-13,-14.57,2,-8.57,,,,Germany,DE\n\
        1/5/24 11:44am,Bandcamp,refund,Harbour,Mara Quill,USD,,,,,,3,,,,,Germany,DE\n";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let report = read(utf16).unwrap();
    assert_eq!((report.layout.as_str(), report.amounts().as_str(), report.totals.rows), ("bandcamp", "2.38 USD", 5));
    assert_eq!((report.skipped.len(), &*report.skipped[0].reason), (1, "payout"));
    assert_eq!(
        report.lines.iter().map(|line| line.revenue_type).collect::<Vec<_>>(),
        [Download, Physical, Other, Other]
    );
    assert!(report.metadata.iter().all(|metadata| !metadata.contains("example.com")), "buyers are not read");
}
