//! Electronic data interchange over SFTP: a set of files is taken when all of its parts are there.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use domain::collection::sources::method::{EdiMethod, EdiStandard, dsr_part};
use domain::collection::sources::{Access, Fetched, RemoteFile, Session};
use kernel::failure::Outcome;
use tokio::io::AsyncWrite;

use crate::net::Outbound;
use crate::sftp::{self, SftpFiles};

pub(crate) struct Edi {
    standard: EdiStandard,
    files: SftpFiles,
}

/// Connects to the folder.
pub(crate) async fn connect(out: &Outbound, method: &EdiMethod, access: &Access) -> Outcome<Edi> {
    Ok(Edi { standard: method.standard, files: sftp::connect(out, &method.sftp, access).await? })
}

/// The files of complete sets, in the order of their parts; what is no part of a set is left alone.
fn complete(listed: Vec<RemoteFile>) -> Vec<RemoteFile> {
    let mut sets: BTreeMap<(String, String, u32), BTreeMap<u32, RemoteFile>> = BTreeMap::new();
    for file in listed {
        let folder = file.key.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        if let Some(part) = dsr_part(&file.name) {
            // Of a part that was sent again the last one counts: names end with the moment of the message.
            sets.entry((folder, part.set, part.parts)).or_default().insert(part.part, file);
        }
    }
    sets.into_iter()
        .filter(|((_, _, parts), there)| there.keys().copied().collect::<BTreeSet<_>>() == (1..=*parts).collect())
        .flat_map(|(_, there)| there.into_values())
        .collect()
}

#[async_trait]
impl Session for Edi {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        let listed = self.files.list().await?;
        Ok(match self.standard {
            EdiStandard::DdexDsr => complete(listed),
            EdiStandard::X12820 => listed,
        })
    }

    async fn fetch(&mut self, file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        self.files.fetch(file, into).await
    }

    async fn close(&mut self) {
        self.files.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str) -> RemoteFile {
        let name = key.rsplit('/').next().unwrap_or_default().to_owned();
        RemoteFile { key: key.to_owned(), version: String::new(), name, size: None }
    }

    #[test]
    fn a_set_waits_for_its_last_part() {
        let name =
            |folder: &str, part: u32| format!("{folder}/DSR_A_B_Streaming_2026-01_DE_{part}of2_20260210T120000.tsv");
        let listed = vec![file(&name("one", 1)), file(&name("two", 2)), file(&name("two", 1)), file("two/readme.txt")];
        let keys: Vec<String> = complete(listed).into_iter().map(|file| file.key).collect();
        assert_eq!(keys, [name("two", 1), name("two", 2)]);
    }
}
