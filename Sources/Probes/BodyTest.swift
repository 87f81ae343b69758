/// Holds the body of an answer against what it must be, piece by piece, without keeping it.
struct BodyTest: Sendable {
    private enum Form: Sendable {
        case containing(ByteSearch)
        case digest([UInt8], SHA256)
    }

    private var form: Form

    /// Passes a body with these bytes in it.
    init(containing bytes: [UInt8]) { form = .containing(ByteSearch(for: bytes)) }

    /// Passes the body with this SHA-256.
    init(sha256 digest: [UInt8]) { form = .digest(digest, SHA256()) }

    /// Whether more of the body cannot change that it passes.
    var isCertain: Bool {
        switch form {
        case .containing(let search): search.isFound
        case .digest: false
        }
    }

    /// Takes the next bytes of the body.
    mutating func take(_ piece: ArraySlice<UInt8>) {
        switch form {
        case .containing(var search):
            search.take(piece)
            form = .containing(search)
        case .digest(let expected, var digest):
            // Given up while it is changed, or its block would be copied for every piece.
            form = .digest(expected, SHA256())
            digest.take(piece)
            form = .digest(expected, digest)
        }
    }

    /// What is wrong with the body; `nil` for nothing.
    ///
    /// `isCut` is whether it went on after `limit` bytes, which is all that was looked at.
    func fault(isCut: Bool, limit: Int) -> String? {
        switch form {
        case .containing(let search):
            guard !search.isFound else { return nil }
            return isCut
                ? "the first \(limit) bytes of the body do not hold the expected text"
                : "the body does not hold the expected text"
        case .digest(let expected, let digest):
            guard !isCut else { return "a body above \(limit) bytes, which has no digest here" }
            let found = digest.digest()
            guard found != expected else { return nil }
            let start = found.prefix(4).map { byte in
                byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
            }
            return "the body has another digest: \(start.joined())..."
        }
    }
}
