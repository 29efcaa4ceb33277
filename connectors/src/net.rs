//! Connections to the outside. Where a tenant says to connect to is input like any other: names are resolved first,
//! every address is looked at, and the connection goes to the address that was looked at.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use kernel::failure::{Failure, Outcome};
use tokio::net::{TcpStream, lookup_host};

/// How long a connection may take to begin.
pub const CONNECT: Duration = Duration::from_secs(15);

/// Where the installation allows its tenants to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outbound {
    /// Whether this machine and private networks can be reached.
    pub private_addresses: bool,
}

impl Outbound {
    /// Refuses an address that belongs to this machine or to a private network.
    ///
    /// # Errors
    /// `SOURCE_ADDRESS_FORBIDDEN`.
    pub fn check(&self, host: &str, address: IpAddr) -> Outcome<()> {
        if self.private_addresses || is_public(address) {
            return Ok(());
        }
        Err(Failure::refused(
            "SOURCE_ADDRESS_FORBIDDEN",
            format!(
                "`{host}` is an address of this machine or of a private network, which this installation does not connect to."
            ),
        ))
    }

    /// The addresses of a host, all of them looked at.
    ///
    /// # Errors
    /// `SOURCE_UNREACHABLE` when the name is not known, `SOURCE_ADDRESS_FORBIDDEN`.
    pub async fn resolve(&self, host: &str, port: u16) -> Outcome<Vec<SocketAddr>> {
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let found: Vec<SocketAddr> =
            lookup_host((name, port)).await.map_err(|error| unreachable(host, port, &error))?.collect();
        for address in &found {
            self.check(host, address.ip())?;
        }
        if found.is_empty() {
            return Err(unreachable(host, port, &io::Error::other("the name has no address")));
        }
        Ok(found)
    }

    /// Connects to a host.
    ///
    /// # Errors
    /// As [`Outbound::resolve`]; `SOURCE_UNREACHABLE` when nothing answers.
    pub async fn connect(&self, host: &str, port: u16) -> Outcome<TcpStream> {
        let addresses = self.resolve(host, port).await?;
        match tokio::time::timeout(CONNECT, TcpStream::connect(addresses.as_slice())).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(error)) => Err(unreachable(host, port, &error)),
            Err(_) => Err(unreachable(host, port, &io::Error::other("nothing answers in time"))),
        }
    }
}

/// The provider cannot be reached for now.
pub(crate) fn unreachable(host: &str, port: u16, error: &dyn std::fmt::Display) -> Failure {
    Failure::unavailable("SOURCE_UNREACHABLE", format!("`{host}`, port {port}, cannot be reached: {error}."))
}

/// Whether an address can belong to somebody else's machine in the open internet. Addresses of version 4 inside of
/// version 6 (mapped, translated, 6to4, Teredo) are judged by what is inside.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0                                  // this network
        || (a == 100 && (64..=127).contains(&b))          // carrier-grade translation
        || (a == 192 && b == 0 && c == 0)                 // protocol assignments
        || (a == 192 && b == 88 && c == 99)               // 6to4 relays
        || (a == 198 && (b == 18 || b == 19))             // benchmarks
        || a >= 240; // reserved and broadcast
    !(special
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let inside = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // ::ffff:0:0/96 mapped, ::/96 compatible (with :: and ::1), 64:ff9b::/96 translated
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inside(high, low),
        // 2002::/16: 6to4
        [0x2002, high, low, ..] => inside(high, low),
        // 2001::/32: Teredo keeps the client's address inverted
        [0x2001, 0, .., high, low] => inside(!high, !low),
        [0x2001, 0xdb8, ..] | [0x100, 0, 0, 0, ..] | [0x64, 0xff9b, 1, ..] | [0x3fff, ..] => false,
        [first, ..] => {
            let unique_local = first & 0xfe00 == 0xfc00;
            let link_local = first & 0xffc0 == 0xfe80;
            let site_local = first & 0xffc0 == 0xfec0;
            !(unique_local || link_local || site_local || address.is_multicast())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_seen_in_every_disguise() {
        for text in [
            "127.0.0.1",
            "127.255.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "2001:0:0:0:0:0:80ff:fffe",
            "2001:db8::1",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "3fff::1",
        ] {
            let address: IpAddr = text.parse().unwrap_or_else(|_| panic!("{text}"));
            assert!(!is_public(address), "{text} counts as public");
        }
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2002:101:101::1",
            "64:ff9b::808:808",
        ] {
            let address: IpAddr = text.parse().unwrap_or_else(|_| panic!("{text}"));
            assert!(is_public(address), "{text} counts as private");
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_what_it_resolves_to() {
        let out = Outbound { private_addresses: false };
        for host in ["localhost", "127.1", "0x7f000001", "[::1]"] {
            let refused = out.connect(host, 22).await.err().map(|failure| failure.code());
            assert!(matches!(refused, Some("SOURCE_ADDRESS_FORBIDDEN" | "SOURCE_UNREACHABLE")), "{host}: {refused:?}");
        }
    }
}
