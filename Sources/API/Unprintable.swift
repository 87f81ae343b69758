extension Unicode.Scalar {
    /// Whether it would act on a terminal rather than show on it.
    ///
    /// Control characters move cursors and change colours; the format characters that reorder
    /// text (UAX #9) make a line read as something it is not; line and paragraph separators break
    /// a table.
    package var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            true
        case .format: true
        default: false
        }
    }
}
