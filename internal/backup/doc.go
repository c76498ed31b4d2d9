// Package backup is the file in which a store is copied: its rows in the order of
// their keys, whatever engine keeps them, with checksums over each part and over
// the whole. A file that is cut short or changed is known as such.
//
// The file begins with a line of text, "openchatops-backup 1", in which 1 is the
// version of what follows. Then come blocks: a byte that says what it is, the length
// of its content and the CRC-32C of its content, both four bytes, big endian, and
// the content.
//
//	H  once, first: a JSON document, [Header]
//	R  rows: for each its key and its value, each behind its length as uvarint
//	T  once, last: the number of rows, eight bytes, and the SHA-256 of all that is
//	   before this block
//
// A block of rows has at most 64 KiB, unless it holds one row.
package backup
