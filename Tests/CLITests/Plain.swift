import penstock

/// What a terminal without colours shows, one string a line.
func plain(_ lines: [StyledText]) -> [String] {
    lines.map { $0.rendered(hasColor: false) }
}

/// What a terminal without colours shows, as one text.
func screen(_ lines: [StyledText]) -> String { plain(lines).joined(separator: "\n") }

/// What a terminal with colours shows, as one string.
func colored(_ lines: [StyledText]) -> String {
    lines.map { $0.rendered(hasColor: true) }.joined(separator: "\n")
}
