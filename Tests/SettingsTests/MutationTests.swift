import Core
import Settings
import Testing
import TestSupport

/// Files that were damaged at random: every one is taken or refused in words, none stops us.
@Suite struct MutationTests {
    @Test func theFileIsRightBeforeItIsDamaged() throws {
        let loaded = try Sample.load(Sample.rich)
        #expect(loaded.intent.vips.count == 2)
        #expect(loaded.warningText.isEmpty)
    }

    @Test(arguments: 0..<8)
    func damageIsSurvivedAndPlaced(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var refused = 0
        let rounds = 250
        for round in 0..<rounds {
            let text = Self.damage(Sample.rich, &random)
            do throws(Rejection) {
                _ = try Sample.load(text)
            } catch {
                refused += 1
                expectPlaced(error.problems, in: text, "seed \(seed), round \(round)")
                #expect(error.description.unicodeScalars.allSatisfy(Self.isHarmless))
            }
        }
        // Damage that mostly goes unnoticed would mean that nobody reads the text.
        #expect(refused > rounds / 2, "seed \(seed)")
    }

    @Test(arguments: [0, 1])
    func everyTruncationIsSurvivedAndPlaced(parity: Int) {
        let bytes = Array(Sample.rich.utf8)
        for length in bytes.indices where length % 2 == parity {
            let text = String(decoding: bytes[..<length], as: UTF8.self)
            do throws(Rejection) {
                _ = try Sample.load(text)
            } catch {
                expectPlaced(error.problems, in: text, "the first \(length) bytes")
            }
        }
    }

    private func expectPlaced(_ problems: [Problem], in text: String, _ label: String) {
        let source = Source(file: Sample.file, text: text)
        #expect(!problems.isEmpty, "\(label)")
        for (earlier, later) in zip(problems, problems.dropFirst()) {
            #expect(earlier.span <= later.span, "\(label)")
        }
        for problem in problems {
            let span = problem.span
            guard source.lines.indices.contains(span.line - 1) else {
                Issue.record("\(label): \(problem) is outside \(source.lines.count) lines")
                continue
            }
            // One column behind the last character says that something is missing there.
            let width = source.lines[span.line - 1].unicodeScalars.count + 1
            #expect((1...width).contains(span.column), "\(label): \(problem)")
            #expect(span.column + span.length - 1 <= width, "\(label): \(problem)")
        }
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar.properties.generalCategory != .control
    }

    /// Makes one to three random edits, with a liking for the letters that YAML cares about.
    private static func damage(_ text: String, _ random: inout SeededGenerator) -> String {
        var bytes = Array(text.utf8)
        let pointed = Array("{}[],:#&*!|>'\"%@`-? \n\t\u{0}\u{1b}\u{85}\u{feff}0aé".utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &random)
            let byte = pointed[Int.random(in: pointed.indices, using: &random)]
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] = byte
            case 1: bytes.insert(byte, at: index)
            case 2: bytes.remove(at: index)
            case 3: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 4:
                let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
                bytes.removeSubrange(index..<end)
            default:
                // A piece of the text once more: repeated keys, names and addresses.
                let end = min(bytes.count, index + Int.random(in: 1...80, using: &random))
                let target = Int.random(in: bytes.indices, using: &random)
                bytes.insert(contentsOf: bytes[index..<end], at: target)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Sample {
    /// A file with every section in it, in flow and in block style.
    fileprivate static let rich = """
        version: 1
        node: { name: dir-a, labels: { site: ams1 } }
        control: { socket: /run/penstock/control.sock, group: penstock, http: 127.0.0.1:9477 }
        bgp:
          asn: 65001
          owned-prefixes: [203.0.113.0/24, 2001:db8:113::/48]
          min-peers: 1
        ipvs: { manage: listed, defaults: { forward: dr, scheduler: mh, flags: [mh-port] } }
        drain: { wait: { packets-below: 1/s, for: 3s, at-most: 60s }, on-stop: keep, last-path: ask }
        checks:
          defaults: { every: 2s, timeout: 1s }
          ready: { type: http, path: /readyz, host: "www.example.org", expect: { status: 200-299 } }
          alive: &alive { type: tcp, port: 22 }
          again: *alive
        pools:
          web:
            checks: [ready, again]
            backends:
              - 10.20.0.11
              - { address: 10.20.0.12, weight: 2, state: drain, note: 'disk swap' }
        vips:
          - name: web
            address: 203.0.113.10
            advertise: { when: any-service, hold-up: 10s }
            services:
              - { name: https, listen: 443/tcp, pool: web, quorum: { up: 50%, down: 30% } }
              - { name: http3, listen: 443/udp, pool: web, scheduler: wrr, flags: [ops] }
          - name: web-v6
            address: 2001:db8:113::10
            services:
              - name: https
                listen: 443/tcp
                checks: [alive, { type: http }]
                backends: ["2001:db8:20::11", "[2001:db8:20::12]:443"]

        """
}
