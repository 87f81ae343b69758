/// Rows under aligned columns.
package struct Table: Sendable {
    /// One column.
    package struct Column: Equatable, Sendable {
        /// What stands above it.
        package let title: String
        /// Whether its cells end at the same place, as numbers should.
        package let alignsRight: Bool

        /// A column called `title`.
        package init(_ title: String, alignsRight: Bool = false) {
            self.title = title
            self.alignsRight = alignsRight
        }
    }

    /// The spaces between two columns.
    private static let gap = "  "

    /// The columns, from left to right.
    package let columns: [Column]
    /// The rows; one that is shorter than the columns has empty cells at its end.
    package private(set) var rows: [[StyledText]] = []
    /// What stands before every line.
    package let indent: String
    /// Whether the titles are shown.
    package let hasTitles: Bool

    /// An empty table.
    package init(columns: [Column], indent: String = "", hasTitles: Bool = true) {
        self.columns = columns
        self.indent = indent
        self.hasTitles = hasTitles
    }

    /// Adds a row; cells beyond the last column would never be seen, so there must be none.
    package mutating func add(_ cells: [StyledText]) {
        precondition(cells.count <= columns.count, "a row has more cells than there are columns")
        rows.append(cells)
    }

    /// The lines of the table.
    package var lines: [StyledText] {
        let titles = columns.map { StyledText($0.title, .faint) }
        let all = hasTitles ? [titles] + rows : rows
        let widths = columns.indices.map { index in
            all.map { index < $0.count ? $0[index].width : 0 }.max() ?? 0
        }
        return all.map { cells in
            let line = cells.indices.map { index in
                cells[index].padded(to: widths[index], onLeft: columns[index].alignsRight)
            }.joined(separator: Self.gap)
            return StyledText(indent) + line
        }
    }
}
