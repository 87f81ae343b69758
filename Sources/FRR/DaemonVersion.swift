package import Net

/// Which routing daemon answers, and its version: the first line of `show version`.
package struct DaemonVersion: Hashable, Sendable, CustomStringConvertible {
    /// The two families of daemons that speak this protocol.
    package enum Product: String, Hashable, Sendable {
        case frr = "FRRouting"
        case quagga = "Quagga"
    }

    /// The family.
    package let product: Product
    /// The version as it is written, such as `10.6.1` or `8.4.4-1~deb12`.
    package let version: String

    package var description: String { "\(product.rawValue) \(version)" }

    /// The first number of the version.
    package var major: Int {
        Int(version.prefix { $0.isASCII && $0.isNumber }) ?? 0
    }

    /// Reads the reply to `show version`.
    package init(parsing text: String) throws(ParseError) {
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
