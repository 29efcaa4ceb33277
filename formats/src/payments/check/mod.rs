//! Checks: the paper, the line that machines read on it, and the file that tells the bank which ones are good.

mod micr;
mod positive_pay;
mod words;

pub use micr::{MicrLine, micr_line};
pub use positive_pay::{
    IssuedCheck, PositivePayLayout, PositivePayLayouts, PositivePayRecord, read_positive_pay, write_positive_pay,
};
pub use words::amount_in_words;
