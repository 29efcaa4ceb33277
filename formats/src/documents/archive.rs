//! Many documents in one zip, written in one go to something that cannot seek.

use std::io::{self, Write};

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// A zip that is being written.
pub struct Archive<W: Write>(ZipWriter<StreamWriter<W>>);

impl<W: Write> Archive<W> {
    /// An empty one.
    pub fn new(target: W) -> Self {
        Self(ZipWriter::new_stream(target))
    }

    /// Adds a file. Of a name only the last part is kept, so that unpacking never leaves the folder. What is compressed
    /// already is stored as it is; every file has the same time, so that the same files give the same bytes.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let packed = name.ends_with(".pdf") || name.ends_with(".xlsx");
        let method = if packed { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(0o644);
        self.0.start_file(name, options).map_err(io::Error::other)?;
        self.0.write_all(bytes)
    }

    /// Ends the zip and hands the target back.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub fn finish(self) -> io::Result<W> {
        Ok(self.0.finish().map_err(io::Error::other)?.into_inner())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_goes_in_comes_out_and_stays_in_its_folder() {
        let make = || {
            let mut archive = Archive::new(Vec::new());
            archive.add("A-1.pdf", b"%PDF-1.7").unwrap();
            archive.add("../../etc/A-1.csv", &b"section,label\r\n".repeat(100)).unwrap();
            archive.finish().unwrap()
        };
        let bytes = make();
        assert_eq!(bytes, make());
        let mut zip = zip::ZipArchive::new(io::Cursor::new(&bytes)).unwrap();
        let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names, ["A-1.pdf", "A-1.csv"]);
        let mut text = String::new();
        zip.by_name("A-1.csv").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), 100);
    }
}
