//! The validation report as PDF, on the same frame as statements.

use std::sync::LazyLock;

use serde::Serialize;

use super::Renderer;
use super::clean::clean;
use crate::documents::DocumentError;
use crate::documents::validation::ValidationReport;

/// Territories on paper; the CSV has all.
const TERRITORIES: usize = 60;

#[derive(Serialize)]
struct View<'a> {
    report: &'a ValidationReport,
    fonts: &'a [String],
    warnings: usize,
    more_territories: usize,
}

fn renderer() -> &'static Renderer {
    static SHARED: LazyLock<Renderer> =
        LazyLock::new(|| Renderer::with_template(include_str!("../../../templates/validation.typ")));
    &SHARED
}

impl ValidationReport {
    /// The report as PDF: tagged and searchable. The same report gives the same bytes.
    ///
    /// # Errors
    /// When the template does not compile with it.
    pub fn pdf(&self) -> Result<Vec<u8>, DocumentError> {
        let renderer = renderer();
        let mut page = self.clone();
        let more_territories = page.territories.len().saturating_sub(TERRITORIES);
        page.territories.truncate(TERRITORIES);
        page.cleaned(|text| *text = clean(text, &renderer.fonts));
        let view = View { warnings: page.warnings(), report: &page, fonts: &renderer.fonts.families, more_territories };
        renderer.sheet(serde_json::to_vec(&view)?, &format!("{} {}", self.id, self.content_hash), self.day)
    }

    /// Passes over every text that somebody else has written.
    fn cleaned(&mut self, mut each: impl FnMut(&mut String)) {
        each(&mut self.tenant);
        each(&mut self.file_name);
        for (_, value) in &mut self.particulars {
            each(value);
        }
        for one in &mut self.findings {
            for text in [&mut one.subject, &mut one.expected, &mut one.found, &mut one.message] {
                each(text);
            }
            one.details.iter_mut().for_each(&mut each);
        }
        for one in &mut self.controls {
            each(&mut one.reference);
        }
        for one in &mut self.skips {
            each(&mut one.reason);
        }
        for one in &mut self.errors {
            each(&mut one.field);
            each(&mut one.message);
        }
    }
}
