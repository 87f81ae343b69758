import Foundation

/// The working copy that these tests were built from.
enum Repository {
    /// The folder that holds the manifest.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// What may lie at the top.
    ///
    /// A new entry needs a reason as good.
    static let topLevel: Set = [
        "Package.swift", "Sources", "Tests", "integration", "examples", "README.md", "LICENSE",
        "CONTRIBUTING.md", ".ci", ".swift-format", ".gitignore",
        // Git's own; a worktree has a file of that name.
        ".git",
    ]

    /// Every Swift file below `Sources` and `Tests`, in the order of their paths.
    static let swiftFiles: [SourceFile] = {
        do {
            return try paths(below: "Sources", "Tests").filter { $0.hasSuffix(".swift") }
                .map { SourceFile(path: $0, text: try text(of: $0)) }
        } catch {
            // An unreadable tree must fail every test rather than satisfy it.
            preconditionFailure("cannot read the sources below \(root.path()): \(error)")
        }
    }()

    /// The files below some folders, as paths from the top, without what Git ignores.
    static func paths(below folders: String...) throws -> [String] {
        let ignored = IgnoredNames(try text(of: ".gitignore"))
        return try folders.flatMap { folder in
            let url = root.appending(path: folder)
            guard FileManager.default.fileExists(atPath: url.path()) else { return [String]() }
            return try FileManager.default.subpathsOfDirectory(atPath: url.path())
                .filter { path in !path.split(separator: "/").contains { ignored.holds($0) } }
                .map { "\(folder)/\($0)" }
                .filter { !isFolder($0) }
                .sorted()
        }
    }

    /// The names at the top, without what Git ignores.
    static func topLevelEntries() throws -> [String] {
        let ignored = IgnoredNames(try text(of: ".gitignore"))
        return try FileManager.default.contentsOfDirectory(atPath: root.path())
            .filter { !ignored.holds($0[...]) }.sorted()
    }

    /// The text of a file, by its path from the top.
    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// True when the path from the top leads to something.
    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path())
    }

    /// True when the path from the top leads to a program.
    static func isExecutable(_ path: String) -> Bool {
        let full = root.appending(path: path).path()
        return FileManager.default.isExecutableFile(atPath: full) && !isFolder(path)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        let full = root.appending(path: path).path()
        // Foundation's only way to ask hands the answer out through a pointer.
        return unsafe FileManager.default.fileExists(atPath: full, isDirectory: &isFolder)
            && isFolder.boolValue
    }
}

/// The forms of `.gitignore` that this repository uses: a name, a folder's name, `*` at one end.
struct IgnoredNames {
    private let patterns: [Substring]

    /// Reads the file's text.
    init(_ text: String) {
        patterns = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let name = line.hasPrefix("/") ? line.dropFirst() : line
            return name.hasSuffix("/") ? name.dropLast() : name
        }
    }

    /// True when a file or folder of this name is left out.
    func holds(_ name: Substring) -> Bool {
        patterns.contains { pattern in
            if pattern.hasPrefix("*") { return name.hasSuffix(pattern.dropFirst()) }
            if pattern.hasSuffix("*") { return name.hasPrefix(pattern.dropLast()) }
            return name == pattern
        }
    }
}
