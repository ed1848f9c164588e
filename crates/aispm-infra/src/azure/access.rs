pub(crate) fn span(_: &crate::normal::Estate, _: &mut crate::normal::Draft<'_>) {}
