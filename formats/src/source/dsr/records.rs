//! Which cells the records of a DDEX sales report have.
//!
//! Names and order are those of the public profiles (Basic Audio, Audio-Visual, UGC, Royalty Reporting, Financial
//! Reporting to Record Companies). A file may say them itself in its comments (`#SU02<tab>BlockId…`), and is then
//! believed. Nothing here claims conformance with the standard, which takes DDEX's own licence.

/// Cells of a kind of record after its type, by the beginning of the type: the longest that fits counts.
const CELLS: &[(&str, &str)] = &[
    (
        "HEAD",
        "MessageVersion Profile ProfileVersion MessageId MessageCreatedDateTime FileNumber NumberOfFiles UsageStartDate UsageEndDate SenderPartyId SenderName ServiceDescription RecipientPartyId RecipientName RepresentedRepertoire",
    ),
    (
        "SY01",
        "SummaryRecordId DistributionChannel DistributionChannelDPID CommercialModel UseType Territory ServiceDescription Usages Subscribers CurrencyOfReporting NetRevenue IndirectNetRevenue CurrencyOfTransaction ExchangeRate",
    ),
    (
        "SY02",
        "SummaryRecordId DistributionChannel DistributionChannelDPID CommercialModel UseType Territory ServiceDescription Usages Users CurrencyOfReporting NetRevenue RightsController RightsControllerPartyId AllocatedUsages AllocatedRevenue AllocatedNetRevenue RightsType ContentCategory CurrencyOfTransaction ExchangeRate RightsTypePercentage",
    ),
    (
        "SY10",
        "SummaryRecordId DistributionChannel DistributionChannelDPID CommercialModel UseType PeriodStart PeriodEnd SubscriberType Subscribers ActiveSubscribers PromotionalActivity Territory ServiceDescription OfferType Quality Usages AllocatedUsages Returns MusicUsageRatio CurrencyOfTransaction CurrencyOfReporting ExchangeRate ExchangeRateSource DateOfCurrencyExchange",
    ),
    (
        "RE",
        "BlockId Reference DspReleaseId ProprietaryReleaseId CatalogNumber ICPN DisplayArtistName DisplayArtistPartyId Title SubTitle ReleaseType Label PLine DataProvider",
    ),
    (
        "AS01",
        "BlockId Reference DspResourceId ISRC Title SubTitle DisplayArtistName DisplayArtistPartyId Duration ResourceType IsMasterRecording",
    ),
    (
        "AS02",
        "BlockId Reference DspResourceId ISRC Title SubTitle DisplayArtistName DisplayArtistPartyId Duration ResourceType ISWC ComposerAuthor ComposerAuthorPartyId Arranger ArrangerPartyId MusicPublisher MusicPublisherPartyId WorkContributor WorkContributorPartyId ProprietaryWorkId IsMasterRecording",
    ),
    (
        "MW01",
        "BlockId DspWorkId ISWC Title SubTitle ComposerAuthor ComposerAuthorPartyId Arranger ArrangerPartyId MusicPublisher MusicPublisherPartyId WorkContributor WorkContributorPartyId DataProvider ProprietaryWorkId",
    ),
    (
        "SU01",
        "BlockId SummaryRecordId SalesTransactionId TransactedRelease TransactedResource IsRoyaltyBearing SalesUpgrade Usages Returns PriceConsumerPaidExcSalesTax PromotionalActivity",
    ),
    (
        "SU02",
        "BlockId SummaryRecordId SalesTransactionId TransactedRelease TransactedResource IsRoyaltyBearing Usages PriceConsumerPaidExcSalesTax PromotionalActivity",
    ),
    ("SU03", "BlockId SummaryRecordId SalesTransactionId DspResourceId Usages NetRevenue PeriodStart PeriodEnd"),
    ("SU03.01", "BlockId SalesTransactionId SummaryRecordId DspResourceId Usages NetRevenue PeriodStart PeriodEnd"),
    ("SU03.02", "BlockId SalesTransactionId SummaryRecordId DspResourceId Usages NetRevenue PeriodStart PeriodEnd"),
    (
        "LI01",
        "BlockId SummaryRecordId RightsController RightsControllerProprietaryId RightsControllerWorkId RightShare RightsType AllocatedNetRevenue AllocatedAmount",
    ),
    (
        "SR08",
        "SalesTransactionId ReleaseGRid ICPN DspReleaseId LabelReleaseId ProprietaryReleaseId ReleaseContextReleaseGRid ReleaseType ReleaseTitle ReleaseSubTitle ReleaseDisplayArtistName ReleaseDisplayArtistPartyId ISRC ISAN DspResourceId LabelResourceId ProprietaryResourceId ResourceContextReleaseGRid ResourceType Title SubTitle DisplayArtistName DisplayArtistPartyId SummaryRecordId SalesTransactionDate Usages Returns NetUsage WholesalePriceInCurrencyOfTransaction WholesalePriceInCurrencyOfAccounting SuggestedConsumerPriceInCurrencyOfTransaction SuggestedConsumerPriceInCurrencyOfAccounting PriceType PriceRangeType PriceConsumerPaidExcSalesTaxInCurrencyOfTransaction PriceConsumerPaidExcSalesTaxInCurrencyOfAccounting DeductionType DeductionsInCurrencyOfTransaction DeductionsInCurrencyOfAccounting RightSharePercentage CalculatedUnitPriceInCurrencyOfTransaction CalculatedUnitPriceInCurrencyOfAccounting AllocatedRevenueInCurrencyOfTransaction AllocatedRevenueInCurrencyOfAccounting AllocatedNetRevenueInCurrencyOfTransaction AllocatedNetRevenueInCurrencyOfAccounting CopyrightObligationWithDSP",
    ),
    (
        "FOOT",
        "NumberOfLinesInFile NumberOfLinesInReport NumberOfSummaryRecords NumberOfBlocksInFile NumberOfBlocksInReport",
    ),
    ("SRFO", "NumberOfLinesInReport NumberOfSummaryRecords"),
];

/// What a record is for, told from its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Begins a file: `HEAD`, `SRHE`, in old files `FHEA`.
    Header,
    /// States sums: `SY…`.
    Summary,
    /// A release.
    Release,
    /// A recording.
    Resource,
    /// A work.
    Work,
    /// Usage: `SU…`.
    Usage,
    /// Money of a controller of rights: `LI…`.
    Line,
    /// Everything in one record: `SR…`.
    Single,
    /// Ends a file: `FOOT`, `SRFO`, in old files `FFOO`.
    Footer,
    /// Of a comment, of a deal, or of no interest here (`RU`, `ST`, `DE`).
    Other,
}

impl Class {
    pub(super) fn of(kind: &str) -> Self {
        match kind {
            "HEAD" | "SRHE" | "FHEA" => Self::Header,
            "FOOT" | "SRFO" | "FFOO" => Self::Footer,
            _ => match kind.get(..2).unwrap_or_default() {
                "SY" => Self::Summary,
                "RE" => Self::Release,
                "AS" => Self::Resource,
                "MW" => Self::Work,
                "SU" => Self::Usage,
                "LI" => Self::Line,
                // `SRHE` and `SRFO` were told apart above.
                "SR" => Self::Single,
                _ => Self::Other,
            },
        }
    }
}

/// Names of the cells of a kind of record, after its type. Empty where nothing is known of it.
pub(super) fn names(kind: &str) -> Vec<String> {
    let kind = match kind {
        "SRHE" | "FHEA" => "HEAD",
        "FFOO" => "FOOT",
        other => other,
    };
    let known = CELLS.iter().filter(|(begin, _)| kind.starts_with(begin)).max_by_key(|(begin, _)| begin.len());
    known.map(|(_, names)| names.split(' ').map(str::to_owned).collect()).unwrap_or_default()
}

/// One name for cells that are called differently from version to version.
pub(super) fn usual(name: &str) -> &str {
    match name.trim().trim_end_matches('%') {
        "NumberOfStreams" | "NumberOfUsages" | "TotalUsages" => "Usages",
        "Currency" | "CurrencyOfAccounting" => "CurrencyOfReporting",
        "ValidityPeriodStart" | "ReportingPeriodStartDate" | "SubPeriodStartDate" => "PeriodStart",
        "ValidityPeriodEnd" | "ReportingPeriodEndDate" | "SubPeriodEndDate" => "PeriodEnd",
        "RightType" => "RightsType",
        "ReleaseReference" | "ResourceReference" => "Reference",
        "ReleaseICPN" => "ICPN",
        "ResourceISRC" => "ISRC",
        "ResourceTitle" => "Title",
        "ResourceDisplayArtistName" => "DisplayArtistName",
        "DistributionChannelName" => "DistributionChannel",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_counts() {
        assert_eq!(names("SU03.01").get(1).map(String::as_str), Some("SalesTransactionId"));
        assert_eq!(names("SU03.03").get(1).map(String::as_str), Some("SummaryRecordId"));
        assert_eq!(names("SY01.03").get(5).map(String::as_str), Some("Territory"));
        // With the type itself: the numbers of cells that the profiles state.
        for (kind, cells) in [
            ("HEAD", 16),
            ("SY01.01", 15),
            ("SY02.02", 22),
            ("RE01", 15),
            ("AS01.01", 12),
            ("AS02.02", 22),
            ("MW01.01", 16),
            ("SU01", 12),
            ("SU02", 10),
            ("SR08", 48),
            ("FOOT", 6),
            ("SRFO", 3),
        ] {
            assert_eq!(names(kind).len() + 1, cells, "{kind}");
        }
    }
}
