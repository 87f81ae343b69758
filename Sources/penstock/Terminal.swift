internal import Foundation

/// The only place that writes to the outside: answers to the standard output, talk to the
/// standard error.
struct Terminal: Sendable {
    /// Whether answers are coloured.
    let hasColor: Bool
    /// Whether talk is coloured.
    let talkHasColor: Bool
    /// Whether talk goes to a screen, where lines can be drawn anew.
    let isLive: Bool
    /// Whether answers go to a screen, which can be painted anew.
    let hasScreen: Bool
    /// Whether somebody sits there who can be asked.
    let canAsk: Bool
    let isQuiet: Bool
    let isVerbose: Bool

    /// A terminal of this process; the environment is only looked at where there is a screen.
    init(
        color: ColorChoice,
        environment: @autoclosure () -> [String: String],
        isQuiet: Bool,
        isVerbose: Bool
    ) {
        let outputIsScreen = isatty(1) == 1
        let talkIsScreen = isatty(2) == 1
        let environment = outputIsScreen || talkIsScreen ? environment() : [:]
        let isDumb = environment["TERM"] == "dumb"
        let isPlain = isDumb || !(environment["NO_COLOR"] ?? "").isEmpty
        func wantsColor(_ isScreen: Bool) -> Bool {
            switch color {
            case .always: true
            case .never: false
            case .auto: isScreen && !isPlain
            }
        }
        hasColor = wantsColor(outputIsScreen)
        talkHasColor = wantsColor(talkIsScreen)
        isLive = talkIsScreen && !isDumb
        hasScreen = outputIsScreen && !isDumb
        canAsk = isatty(0) == 1 && talkIsScreen
        self.isQuiet = isQuiet
        self.isVerbose = isVerbose
    }

    /// Shows an answer.
    func show(_ lines: [StyledText]) throws {
        try write(lines.map { $0.rendered(hasColor: hasColor) }, to: .standardOutput)
    }

    /// Shows a document of the daemon as it came.
    func show(document: String) throws {
        try write([document], to: .standardOutput)
    }

    /// Shows text that is for programs, and comes with its own line breaks.
    func show(text: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    /// Shows an answer in place of everything that is on the screen.
    func repaint(_ lines: [StyledText]) throws {
        // Home, each line to its end, and what is below (ECMA-48 CUP, EL, ED): nothing flickers.
        let text = lines.map { $0.rendered(hasColor: hasColor) + "\u{1B}[K\n" }.joined()
        try show(text: "\u{1B}[H\(text)\u{1B}[J")
    }

    /// Says something beside the answer.
    func tell(_ lines: [StyledText]) throws {
        guard !isQuiet else { return }
        try report(lines)
    }

    /// Says something that only matters when one looks for a fault.
    func note(_ line: StyledText) throws {
        guard isVerbose else { return }
        try report([line])
    }

    /// Says what went wrong, however quiet it should be.
    func report(_ lines: [StyledText]) throws {
        try write(lines.map { $0.rendered(hasColor: talkHasColor) }, to: .standardError)
    }

    /// Asks something that only a typed `yes` agrees to.
    func agrees(to question: StyledText) throws -> Bool {
        guard canAsk else { return false }
        let text = question.rendered(hasColor: talkHasColor) + " Type yes to go on: "
        try FileHandle.standardError.write(contentsOf: Data(text.utf8))
        return readLine() == "yes"
    }

    /// Draws `lines` over the `previous` ones that were drawn last.
    func redraw(_ lines: [StyledText], over previous: Int) throws {
        guard !isQuiet else { return }
        // Up to the first of them, and clear what follows (ECMA-48 CUU, ED).
        let home = previous > 0 ? "\u{1B}[\(previous)A\u{1B}[J" : ""
        let text = lines.map { $0.rendered(hasColor: talkHasColor) + "\n" }.joined()
        try FileHandle.standardError.write(contentsOf: Data((home + text).utf8))
    }

    private func write(_ lines: [String], to file: FileHandle) throws {
        let text = lines.map { $0 + "\n" }.joined()
        try file.write(contentsOf: Data(text.utf8))
    }
}
