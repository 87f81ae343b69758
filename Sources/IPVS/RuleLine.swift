/// A line of a rule file, cut into options and their values.
///
/// Words are separated by blanks; quotes mean nothing, as in ipvsadm. Letters may share one dash,
/// and the value may follow its letter directly: `-at 203.0.113.10:80` and `-w5` are rules, too.
struct RuleLine {
    /// An option, with its value if it has one.
    struct Word {
        /// Which one.
        let option: RuleOption
        /// Its bytes in the line.
        let columns: Range<Int>
        /// The bytes of its value.
        var value: Range<Int>?
    }

    /// The line's own bytes, from index 0 on.
    private let bytes: ArraySlice<UInt8>
    /// The options, in their order.
    private(set) var words: [Word] = []
    /// What belongs to no option.
    private(set) var loose: [Range<Int>] = []

    /// Cuts a line; a comment and an empty line have no words at all.
    init(_ bytes: ArraySlice<UInt8>) throws(RuleProblem.Reason) {
        self.bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        words.reserveCapacity(8)
        var rest = 0
        while let columns = nextWord(after: &rest) {
            if words.isEmpty, loose.isEmpty, self[columns.lowerBound] == UInt8(ascii: "#") {
                return
            }
            try take(columns)
        }
        if let last = words.last, last.value == nil, last.option.argument == .required {
            throw RuleProblem.Reason(last.columns, "\(last.option.name) needs a value after it")
        }
    }

    /// All of it.
    var columns: Range<Int> { 0..<bytes.count }

    /// The byte at this column.
    subscript(column: Int) -> UInt8 { bytes[bytes.startIndex + column] }

    /// The bytes at these columns.
    subscript(columns: Range<Int>) -> ArraySlice<UInt8> {
        bytes[(bytes.startIndex + columns.lowerBound)..<(bytes.startIndex + columns.upperBound)]
    }

    /// The bytes at these columns as text.
    func text(_ columns: Range<Int>) -> String { String(decoding: self[columns], as: UTF8.self) }

    private func nextWord(after rest: inout Int) -> Range<Int>? {
        func isBlank(_ column: Int) -> Bool {
            self[column] == UInt8(ascii: " ") || self[column] == UInt8(ascii: "\t")
        }
        while rest < bytes.count, isBlank(rest) { rest += 1 }
        let start = rest
        while rest < bytes.count, !isBlank(rest) { rest += 1 }
        return start < rest ? start..<rest : nil
    }

    private mutating func take(_ columns: Range<Int>) throws(RuleProblem.Reason) {
        let isDashed = self[columns.lowerBound] == UInt8(ascii: "-") && columns.count > 1
        if let last = words.last, last.value == nil {
            // A required value may begin with a dash: ipvsadm writes large marks as negative.
            if last.option.argument == .required || (last.option.argument == .optional && !isDashed)
            {
                words[words.count - 1].value = columns
                return
            }
        }
        guard isDashed else {
            loose.append(columns)
            return
        }
        if self[columns.lowerBound + 1] == UInt8(ascii: "-") {
            try takeLong(columns)
        } else {
            try takeShort(columns)
        }
    }

    private mutating func takeLong(_ columns: Range<Int>) throws(RuleProblem.Reason) {
        let equals = self[columns].firstIndex(of: UInt8(ascii: "=")).map { $0 - bytes.startIndex }
        let end = equals ?? columns.upperBound
        guard let option = RuleOption(word: text((columns.lowerBound + 2)..<end)) else {
            throw RuleProblem.Reason(columns.lowerBound..<end, unknown(columns.lowerBound..<end))
        }
        let value = equals.map { ($0 + 1)..<columns.upperBound }
        guard value == nil || option.argument != .none else {
            throw RuleProblem.Reason(columns, "\(option.name) has no value")
        }
        try append(Word(option: option, columns: columns.lowerBound..<end, value: value))
    }

    private mutating func takeShort(_ columns: Range<Int>) throws(RuleProblem.Reason) {
        var column = columns.lowerBound + 1
        while column < columns.upperBound {
            // The first letter takes the dash with it.
            let own =
                (column == columns.lowerBound + 1 ? columns.lowerBound : column)..<(column + 1)
            guard let option = RuleOption(letter: self[column]) else {
                throw RuleProblem.Reason(own, unknown(column..<(column + 1), dash: "-"))
            }
            column += 1
            var word = Word(option: option, columns: own)
            if option.argument != .none, column < columns.upperBound {
                if self[column] == UInt8(ascii: "=") { column += 1 }
                word.value = column..<columns.upperBound
                column = columns.upperBound
            }
            try append(word)
        }
    }

    private mutating func append(_ word: Word) throws(RuleProblem.Reason) {
        if let first = words.first {
            if word.option.isCommand {
                throw RuleProblem.Reason(
                    word.columns,
                    "a rule has one command, and this is a second"
                )
            }
            if let other = words.first(where: { $0.option.group == word.option.group }) {
                let pair = "\(other.option.name) and \(word.option.name)"
                throw RuleProblem.Reason(
                    word.columns,
                    other.option == word.option
                        ? "\(word.option.name) is there twice" : "\(pair) exclude each other"
                )
            }
            guard first.option.allows(word.option) else {
                throw RuleProblem.Reason(
                    word.columns,
                    "\(word.option.name) has no place in a rule with \(first.option.name)"
                )
            }
        } else if !word.option.isCommand {
            throw RuleProblem.Reason(
                word.columns,
                "a rule begins with what is to be done, and \(word.option.name) does not say that",
                help: "one of -A -E -D -a -e -d -C -Z --set --start-daemon --stop-daemon"
            )
        }
        words.append(word)
    }

    private func unknown(_ columns: Range<Int>, dash: String = "") -> String {
        "there is no option \(dash)\(text(columns).filter { $0.isASCII && $0 > " " })"
    }
}
