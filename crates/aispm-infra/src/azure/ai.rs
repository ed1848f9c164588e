pub(crate) const ROWS: &[crate::normal::Row] = &[];
