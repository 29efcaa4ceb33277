//! The twelve deliveries: which provider sends what to whom, for which month, and what is wrong with it.

use rust_decimal::Decimal;

use super::super::market::{self, Region};

/// A provider's layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Spotify licensor report (since 2020).
    Spotify,
    /// Apple Music streams (S1).
    AppleMusic,
    /// iTunes Store sales.
    Itunes,
    /// YouTube asset report.
    YouTube,
    /// DistroKid, tab-separated (until 2023).
    DistroKid,
    /// DistroKid, quoted CSV (since 2024).
    DistroKidQuoted,
    /// The Orchard, full report with semicolons and decimal comma.
    Orchard,
    /// The Orchard, Workstation export.
    OrchardWorkstation,
}

impl Provider {
    /// The id of the layout in `formats/layouts`.
    pub const fn layout(self) -> &'static str {
        match self {
            Self::Spotify => "spotify-licensor-v2",
            Self::AppleMusic => "apple-music-streams-v1",
            Self::Itunes => "apple-itunes-sales",
            Self::YouTube => "youtube-asset-raw",
            Self::DistroKid => "distrokid-v1",
            Self::DistroKidQuoted => "distrokid-v2",
            Self::Orchard => "orchard-legacy",
            Self::OrchardWorkstation => "orchard-workstation",
        }
    }
}

/// A row that an importer must refuse, and nothing else of the file with it.
#[derive(Debug)]
pub struct Fault {
    /// Column it is in.
    pub column: &'static str,
    /// What stands there.
    pub text: &'static str,
    /// Whether it is the amount that can't be read.
    pub money: bool,
    /// Where in the file, in per mille of its rows.
    pub at: u64,
}

/// One file of one provider.
#[derive(Debug)]
pub struct Delivery {
    /// Index of the tenant.
    pub tenant: usize,
    /// Sale month: 1 = January 2026.
    pub month: u32,
    /// Layout.
    pub provider: Provider,
    /// File name, as the provider gives them.
    pub file: &'static str,
    /// A second delivery of the same bytes under this name.
    pub again: Option<&'static str>,
    /// Currency of its amounts.
    pub currency: &'static str,
    /// The only region it covers; none = the world.
    pub region: Option<Region>,
    /// What it is expected to add up to, in whole units of the currency: the same for any number of lines.
    pub revenue: u64,
    /// Its share of all lines, in per cent.
    pub percent: u64,
    /// Rows that can't be read.
    pub faults: &'static [Fault],
}

const fn fault(column: &'static str, text: &'static str, money: bool, at: u64) -> Fault {
    Fault { column, text, money, at }
}

const PLAIN: Delivery = Delivery {
    tenant: 0,
    month: 1,
    provider: Provider::Spotify,
    file: "",
    again: None,
    currency: "USD",
    region: None,
    revenue: 0,
    percent: 0,
    faults: &[],
};

/// All deliveries, by tenant and month.
pub const DELIVERIES: [Delivery; 12] = [
    Delivery { file: "aurora-track-for-streaming-202601.txt.gz", revenue: 420_000, percent: 17, ..PLAIN },
    Delivery {
        provider: Provider::YouTube,
        file: "YouTube_aurorarecords_M_20260101_asset_raw_v1-1.csv.gz",
        revenue: 95_000,
        percent: 9,
        faults: &[fault("Day", "20260230", false, 400)],
        ..PLAIN
    },
    Delivery {
        month: 2,
        file: "aurora-track-for-streaming-202602.txt.gz",
        revenue: 395_000,
        percent: 17,
        faults: &[fault("Payable", "NaN", true, 610)],
        ..PLAIN
    },
    Delivery {
        month: 2,
        provider: Provider::AppleMusic,
        file: "S1_80049171_0226_EU.txt.gz",
        currency: "EUR",
        region: Some(Region::Europe),
        revenue: 115_000,
        percent: 8,
        ..PLAIN
    },
    Delivery {
        month: 3,
        file: "aurora-track-for-streaming-202603.txt.gz",
        again: Some("aurora-track-for-streaming-202603 (1).txt.gz"),
        revenue: 440_000,
        percent: 17,
        ..PLAIN
    },
    Delivery {
        month: 3,
        provider: Provider::Itunes,
        file: "80049171_0326_EU.txt",
        currency: "EUR",
        region: Some(Region::Europe),
        revenue: 41_000,
        percent: 3,
        ..PLAIN
    },
    Delivery {
        tenant: 1,
        provider: Provider::DistroKid,
        file: "DistroKid_meridian_2026-01.tsv",
        revenue: 88_000,
        percent: 5,
        faults: &[fault("Sale Month", "2026-13", false, 730)],
        ..PLAIN
    },
    Delivery {
        tenant: 1,
        provider: Provider::Orchard,
        file: "Jan2026_fullreport_meridian_EU.csv",
        currency: "EUR",
        revenue: 102_000,
        percent: 5,
        faults: &[fault("Label Share Net Receipts", "NaN", true, 250), fault("Activity Period", "2026M13", false, 500)],
        ..PLAIN
    },
    Delivery {
        tenant: 1,
        month: 2,
        provider: Provider::YouTube,
        file: "YouTube_meridianrights_M_20260201_asset_raw_v1-1.csv",
        revenue: 120_000,
        percent: 6,
        ..PLAIN
    },
    Delivery {
        tenant: 1,
        month: 2,
        provider: Provider::AppleMusic,
        file: "S1_80052204_0226_JP.txt",
        currency: "JPY",
        region: Some(Region::Japan),
        revenue: 9_400_000,
        percent: 4,
        ..PLAIN
    },
    Delivery {
        tenant: 1,
        month: 3,
        provider: Provider::DistroKidQuoted,
        file: "DistroKid_meridian_2026-03.csv",
        revenue: 91_000,
        percent: 4,
        faults: &[fault("Earnings (USD)", "NaN", true, 350)],
        ..PLAIN
    },
    Delivery {
        tenant: 1,
        month: 3,
        provider: Provider::OrchardWorkstation,
        file: "Workstation_meridian_202603.csv",
        revenue: 108_000,
        percent: 5,
        ..PLAIN
    },
];

/// The number of data rows of a delivery, so that all together have exactly `total`.
pub fn lines(delivery: usize, total: u64) -> u64 {
    let until = |end: usize| -> u128 {
        let percent: u64 = DELIVERIES.iter().take(end).map(|delivery| delivery.percent).sum();
        u128::from(total) * u128::from(percent) / 100
    };
    u64::try_from(until(delivery + 1) - until(delivery)).unwrap_or(u64::MAX)
}

/// What a tenant is expected to receive for a month, in US dollars.
pub fn expected_dollars(tenant: usize, month: u32) -> Decimal {
    DELIVERIES
        .iter()
        .filter(|delivery| delivery.tenant == tenant && delivery.month == month)
        .map(|delivery| Decimal::from(delivery.revenue) * market::rate(delivery.currency, "USD", i64::from(month)))
        .sum()
}
