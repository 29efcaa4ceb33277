//! Payments: what published statements owe, paid in batches that a second person approves.
//!
//! A payment is made of parts, one per contract account, and linked to the statement that shows the balance. Money
//! moves in two phases: reserved when the instruction leaves, posted when it is settled.

mod batch;
mod execute;
mod method;
mod model;
mod payable;
mod read;

pub use batch::{
    BatchApproval, BatchChange, Made, payment_batch_approve, payment_batch_cancel, payment_batch_create,
    payment_batch_execute,
};
pub use execute::register;
pub use method::{Capability, Instruction, Method, PaymentMethod, Settlement};
pub use model::{
    BatchState, Converted, NewPaymentBatch, Payable, Payment, PaymentBatch, PaymentFilter, PaymentPart, PaymentState,
    Skipped,
};
pub use payable::payables;
pub use read::{parts_of, payment, payment_batch, payment_batches, payment_batches_by_id, payments};
