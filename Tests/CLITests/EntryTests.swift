import ArgumentParser
import Testing

@testable import penstock

/// The way around the argument parser leads to the same place.
@Suite struct EntryTests {
    @Test(arguments: [
        (["ipvs", "restore"], "-", false),
        (["ipvs", "restore", "-"], "-", false),
        (["ipvs", "restore", "web.rules"], "web.rules", false),
        (["ipvs", "restore", "--replace"], "-", true),
        (["ipvs", "restore", "--replace", "web.rules"], "web.rules", true),
    ])
    func takesAPlainRestore(words: [String], file: String, replace: Bool) throws {
        let plain = try #require(Entry.plainRestore(words))
        #expect(plain.file == file && plain.replace == replace && !plain.dryRun)
        let parsed = try #require(Penstock.parseAsRoot(words) as? IPVSRestoreCommand)
        #expect(parsed.file == file && parsed.replace == replace && !parsed.dryRun)
    }

    @Test(arguments: [
        [], ["ipvs"], ["ipvs", "save"], ["ipvs", "restore", "--help"],
        ["ipvs", "restore", "--dry-run"], ["ipvs", "restore", "-q"], ["ipvs", "restore", ""],
        ["ipvs", "restore", "a", "b"], ["ipvs", "restore", "--replace", "--dry-run"],
        ["-q", "ipvs", "restore"], ["help", "ipvs", "restore"],
    ])
    func leavesEverythingElseToTheParser(words: [String]) {
        #expect(Entry.plainRestore(words) == nil)
    }

    @Test(arguments: [
        ["run"], ["run", "--config", "p.yaml"],
        ["run", "--config=p.yaml", "--log-level", "warning", "--ipvs", "memory"],
    ])
    func takesARun(words: [String]) throws {
        let plain = try #require(Entry.plainRun(words))
        let parsed = try #require(Penstock.parseAsRoot(words) as? RunCommand)
        #expect(plain.config == parsed.config && plain.logLevel == parsed.logLevel)
        #expect(plain.logFormat == parsed.logFormat && plain.ipvs == parsed.ipvs)
    }

    /// Help and complaints name the verb as it was typed only where all verbs are known.
    @Test(arguments: [
        [], ["status"], ["run", "--help"], ["run", "--log-level", "loud"], ["run", "away"],
        ["run", "--version"], ["-q", "run"], ["run", "--generate-completion-script"],
    ])
    func leavesWhatIsNoRunToTheParser(words: [String]) {
        #expect(Entry.plainRun(words) == nil)
    }
}
