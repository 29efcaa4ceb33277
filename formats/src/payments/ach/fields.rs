//! Where the fields of the records stand.

use super::record::Field;

pub(super) mod file_header {
    use super::Field;

    pub(in super::super) const DESTINATION: Field = Field("Immediate Destination", 4, 13);
    pub(in super::super) const ORIGIN: Field = Field("Immediate Origin", 14, 23);
    pub(in super::super) const DATE: Field = Field("File Creation Date", 24, 29);
    pub(in super::super) const TIME: Field = Field("File Creation Time", 30, 33);
    pub(in super::super) const MODIFIER: Field = Field("File ID Modifier", 34, 34);
    pub(in super::super) const SIZE: Field = Field("Record Size", 35, 37);
    pub(in super::super) const BLOCKING: Field = Field("Blocking Factor", 38, 39);
    pub(in super::super) const FORMAT: Field = Field("Format Code", 40, 40);
    pub(in super::super) const DESTINATION_NAME: Field = Field("Immediate Destination Name", 41, 63);
    pub(in super::super) const ORIGIN_NAME: Field = Field("Immediate Origin Name", 64, 86);
    pub(in super::super) const REFERENCE: Field = Field("Reference Code", 87, 94);
}

pub(super) mod batch_header {
    use super::Field;

    pub(in super::super) const SERVICE_CLASS: Field = Field("Service Class Code", 2, 4);
    pub(in super::super) const COMPANY_NAME: Field = Field("Company Name", 5, 20);
    pub(in super::super) const COMPANY_ID: Field = Field("Company Identification", 41, 50);
    pub(in super::super) const CLASS: Field = Field("Standard Entry Class Code", 51, 53);
    pub(in super::super) const DESCRIPTION: Field = Field("Company Entry Description", 54, 63);
    pub(in super::super) const EFFECTIVE: Field = Field("Effective Entry Date", 70, 75);
    pub(in super::super) const STATUS: Field = Field("Originator Status Code", 79, 79);
    pub(in super::super) const ODFI: Field = Field("Originating DFI Identification", 80, 87);
    pub(in super::super) const NUMBER: Field = Field("Batch Number", 88, 94);
}

pub(super) mod entry {
    use super::Field;

    pub(in super::super) const CODE: Field = Field("Transaction Code", 2, 3);
    pub(in super::super) const RDFI: Field = Field("Receiving DFI Identification", 4, 11);
    pub(in super::super) const CHECK: Field = Field("Check Digit", 12, 12);
    pub(in super::super) const ACCOUNT: Field = Field("DFI Account Number", 13, 29);
    pub(in super::super) const AMOUNT: Field = Field("Amount", 30, 39);
    pub(in super::super) const REFERENCE: Field = Field("Individual Identification Number", 40, 54);
    pub(in super::super) const NAME: Field = Field("Individual Name", 55, 76);
    pub(in super::super) const ADDENDA: Field = Field("Addenda Record Indicator", 79, 79);
    pub(in super::super) const TRACE: Field = Field("Trace Number", 80, 94);
    /// CTX: how many addenda follow.
    pub(in super::super) const CTX_ADDENDA: Field = Field("Number of Addenda Records", 55, 58);
    pub(in super::super) const CTX_NAME: Field = Field("Receiving Company Name", 59, 74);
    /// IAT: the foreign account.
    pub(in super::super) const IAT_ACCOUNT: Field = Field("Foreign Receiver's Account Number", 40, 74);
    /// ADV, advices of an operator to a bank.
    pub(in super::super) const ADV_ACCOUNT: Field = Field("DFI Account Number", 13, 27);
    pub(in super::super) const ADV_AMOUNT: Field = Field("Amount", 28, 39);
    pub(in super::super) const ADV_SEQUENCE: Field = Field("Sequence Number", 91, 94);
}

pub(super) mod addenda {
    use super::Field;

    pub(in super::super) const KIND: Field = Field("Addenda Type Code", 2, 3);
    pub(in super::super) const INFORMATION: Field = Field("Payment Related Information", 4, 83);
    pub(in super::super) const SEQUENCE: Field = Field("Addenda Sequence Number", 84, 87);
    pub(in super::super) const ENTRY: Field = Field("Entry Detail Sequence Number", 88, 94);
    pub(in super::super) const REASON: Field = Field("Reason Code", 4, 6);
    pub(in super::super) const ORIGINAL_TRACE: Field = Field("Original Entry Trace Number", 7, 21);
    pub(in super::super) const DEATH: Field = Field("Date of Death", 22, 27);
    pub(in super::super) const ORIGINAL_RDFI: Field = Field("Original Receiving DFI Identification", 28, 35);
    pub(in super::super) const TEXT: Field = Field("Addenda Information", 36, 79);
    /// International returns: 36-45 the original amount, then the text.
    pub(in super::super) const IAT_TEXT: Field = Field("Addenda Information", 46, 79);
    pub(in super::super) const CORRECTED: Field = Field("Corrected Data", 36, 64);
}

pub(super) mod batch_control {
    use super::Field;

    pub(in super::super) const SERVICE_CLASS: Field = Field("Service Class Code", 2, 4);
    pub(in super::super) const COUNT: Field = Field("Entry/Addenda Count", 5, 10);
    pub(in super::super) const HASH: Field = Field("Entry Hash", 11, 20);
    pub(in super::super) const DEBITS: Field = Field("Total Debit Entry Dollar Amount", 21, 32);
    pub(in super::super) const CREDITS: Field = Field("Total Credit Entry Dollar Amount", 33, 44);
    pub(in super::super) const ADV_DEBITS: Field = Field("Total Debit Entry Dollar Amount", 21, 40);
    pub(in super::super) const ADV_CREDITS: Field = Field("Total Credit Entry Dollar Amount", 41, 60);
    pub(in super::super) const COMPANY_ID: Field = Field("Company Identification", 45, 54);
    pub(in super::super) const ODFI: Field = Field("Originating DFI Identification", 80, 87);
    pub(in super::super) const NUMBER: Field = Field("Batch Number", 88, 94);
}

pub(super) mod file_control {
    use super::Field;

    pub(in super::super) const BATCHES: Field = Field("Batch Count", 2, 7);
    pub(in super::super) const BLOCKS: Field = Field("Block Count", 8, 13);
    pub(in super::super) const COUNT: Field = Field("Entry/Addenda Count", 14, 21);
    pub(in super::super) const HASH: Field = Field("Entry Hash", 22, 31);
    pub(in super::super) const DEBITS: Field = Field("Total Debit Entry Dollar Amount", 32, 43);
    pub(in super::super) const CREDITS: Field = Field("Total Credit Entry Dollar Amount", 44, 55);
    pub(in super::super) const ADV_DEBITS: Field = Field("Total Debit Entry Dollar Amount", 32, 51);
    pub(in super::super) const ADV_CREDITS: Field = Field("Total Credit Entry Dollar Amount", 52, 71);
}
