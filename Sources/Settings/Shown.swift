extension String {
    /// This text with everything that could move a cursor or hide a letter made visible.
    ///
    /// A configuration file is quoted on terminals and in logs. Control characters, and the
    /// format characters that reorder text, become U+FFFD; a tab becomes one space, which keeps
    /// columns in step.
    var harmless: String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control: result.append(scalar == "\t" ? " " : "\u{fffd}")
            case .format, .lineSeparator, .paragraphSeparator, .surrogate:
                result.append("\u{fffd}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// This text as a message quotes it: harmless, and cut when it is long.
    var shown: String {
        guard unicodeScalars.count > Limits.quotedCharacters else { return harmless }
        return String(unicodeScalars.prefix(Limits.quotedCharacters)).harmless + "…"
    }

    /// This text in backquotes, as a message names a key or a word of the file.
    var ticked: String { "`\(shown)`" }
}
