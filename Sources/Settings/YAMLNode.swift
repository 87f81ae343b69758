/// A piece of a YAML document with its place, before anyone has said what it means.
///
/// Scalars keep the text of the file. YAML 1.1 would read `65001:59` as a number of base 60,
/// `010` as eight and `no` as false; here only the key that a scalar stands under decides.
struct YAMLNode: Sendable {
    /// What it is.
    enum Content: Sendable {
        case scalar(Scalar)
        case list([YAMLNode])
        case map([Entry])
    }

    /// A value without parts.
    struct Scalar: Sendable {
        /// Its text, after YAML's quoting and folding is undone.
        let text: String
        /// Whether it stood in quotes or in a block, and so is a text even when it is empty.
        let isQuoted: Bool
    }

    /// A key and its value.
    struct Entry: Sendable {
        let key: String
        let keySpan: Span
        let value: YAMLNode
    }

    /// What it is.
    let content: Content
    /// Where it begins; for a scalar, what it covers.
    let span: Span

    /// True for a value that was left out, or said to be nothing.
    var isNull: Bool {
        guard case .scalar(let scalar) = content, !scalar.isQuoted else { return false }
        return scalar.text.isEmpty || scalar.text == "~" || scalar.text == "null"
    }

    /// What a message calls it.
    var kind: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .list: "a list"
        case .map: "a map of keys"
        }
    }
}
