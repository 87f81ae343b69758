import Core
import Net
import Planes

/// Measures what a running director does, without the daemon around it.
///
///     bench flip SERVICES SERVERS COUNT   weight changes, one line each: microseconds with nobody
///                                         else holding the picture, and with somebody
///     bench look SERVICES SERVERS COUNT   whole looks with nothing to change: microseconds each
///
/// Both fill the IPVS table of the network namespace they run in first, and leave it filled.
@main
enum Bench {
    /// The words of the command line.
    struct Usage: Error, CustomStringConvertible {
        let description = "usage: bench flip|look SERVICES SERVERS COUNT"
    }

    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        let numbers = words.dropFirst().compactMap { Int($0) }.filter { $0 > 0 }
        guard let what = words.first, words.count == 4, numbers.count == 3 else { throw Usage() }
        let scenery = Scenery(services: numbers[0], servers: numbers[1])
        var rig = try Rig(scenery, on: IPVSPlane())
        let expected = numbers[0] * (numbers[1] + 1)
        let loaded = try await rig.settle()
        guard loaded == expected else {
            throw Rig<IPVSPlane>.Failure.unexpected("\(loaded) changes loaded, not \(expected)")
        }
        switch what {
        case "flip": try await flips(numbers[2], of: &rig)
        case "look": try await looks(numbers[2], of: &rig)
        default: throw Usage()
        }
    }

    private static func flips(_ count: Int, of rig: inout Rig<IPVSPlane>) async throws {
        let targets = rig.director.targets.sorted { $0.endpoint < $1.endpoint }
        for number in 0..<count {
            // Spread over the table: neighbours in it share what the processor has at hand.
            let target = targets[number * 7919 % targets.count]
            var took: [Int64] = []
            for isPublished in [false, true] {
                for up in [false, true] {
                    let flip = try await rig.flip(target, up: up, isPublished: isPublished)
                    if !up { took.append(flip.nanoseconds) }
                }
            }
            print(took.map { "\(Double($0) / 1000)" }.joined(separator: " "))
        }
    }

    private static func looks(_ count: Int, of rig: inout Rig<IPVSPlane>) async throws {
        for _ in 0..<count {
            let (took, changes) = try await rig.look()
            guard changes == 0 else {
                throw Rig<IPVSPlane>.Failure.unexpected("a look led to \(changes) changes")
            }
            print(Double(took.nanoseconds) / 1000)
        }
    }
}
