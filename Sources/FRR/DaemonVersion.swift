public import Net

/// Which routing daemon answers, and its version: the first line of `show version`.
public struct DaemonVersion: Hashable, Sendable, CustomStringConvertible {
    /// The two families of daemons that speak this protocol.
    public enum Product: String, Hashable, Sendable {
        case frr = "FRRouting"
        case quagga = "Quagga"
    }

    /// The family.
    public let product: Product
    /// The version as it is written, such as `10.6.1` or `8.4.4-1~deb12`.
    public let version: String

    public var description: String { "\(product.rawValue) \(version)" }

    /// The first number of the version.
    public var major: Int {
        Int(version.prefix { $0.isASCII && $0.isNumber }) ?? 0
    }

    /// True for this version and later ones.
    func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        let numbers = version.split { !$0.isASCII || !$0.isNumber }.map { Int($0) ?? 0 }
        return (numbers.first ?? 0, numbers.count > 1 ? numbers[1] : 0) >= (major, minor)
    }

    /// Reads the reply to `show version`.
    public init(parsing text: String) throws(ParseError) {
        let words = text.prefix { $0 != "\n" }.split(separator: " ")
        guard words.count >= 2, let product = Product(rawValue: String(words[0])),
            words[1].first?.isNumber == true
        else {
            throw ParseError(String(text.prefix(80)), "names neither FRRouting nor Quagga")
        }
        self.product = product
        version = String(words[1])
    }
}
