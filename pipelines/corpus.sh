#!/usr/bin/env bash
# English text from packages of Debian, a paragraph a line, each once:
#   corpus.sh [PACKAGE...] > text
# Packages are downloaded by apt-get, taken apart and thrown away; nothing is installed. Taken are pages of HTML, plain text, perl's pod,
# dictionaries of dictd, and of WordNet synonyms with what they mean; kept are paragraphs of six words and more, four fifths of them letters and blanks. Without
# names: dictionaries, books and manuals of Debian 12, 120 MB of text.
set -euo pipefail
export LC_ALL=C
[ $# -gt 0 ] || set -- dict-gcide wordnet-base bible-kjv-text fortunes libreoffice-help-en-us gimp-help-en linux-doc-6.1 python3.11-doc \
    perl-doc postgresql-doc-15 debian-handbook dict-foldoc dict-jargon gnome-user-docs
work=$(mktemp -d)
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT
cd "$work"

# A page: blocks to lines, tags away, the common entities as they read.
html() {
    awk 'BEGIN { RS = "\001" } {
        gsub(/[\r\n\t]/, " ")
        gsub(/<(script|style)[^>]*>[^<]*<\/(script|style)>/, " ")
        gsub(/<\/?(p|li|h[1-6]|dt|dd|td|th|tr|div|br|pre|ul|ol|dl|table|section|title|blockquote)( [^>]*)?\/?>/, "\n")
        gsub(/<[^>]*>/, "")
        gsub(/&(nbsp|#160);/, " "); gsub(/&(quot|#34);/, "\""); gsub(/&(#39|rsquo|lsquo|#8217|#8216);/, "\047"); gsub(/&(lt|gt|[lr]dquo|mdash|ndash|#[0-9]+);/, " ")
        gsub(/&amp;/, "\\&")
        print
    }' "$@"
}
# Paragraphs of plain text.
plain() { awk 'BEGIN { RS = "" } { gsub(/[\r\n\t]/, " "); gsub(/.\b/, ""); print }'; }
# Synonyms of WordNet and what they mean: `delightful, delicious: greatly pleasing or entertaining`; then its examples, each by itself.
synsets() {
    awk '/^[0-9]/ {
        words = ""
        n = 16 * digit(substr($4, 1, 1)) + digit(substr($4, 2, 1))
        for (i = 0; i < n; i++) words = words (i ? ", " : "") $(5 + 2 * i)
        gsub(/_/, " ", words)
        gsub(/\([a-z]*\)/, "", words)
        gloss = $0
        sub(/^[^|]*\| /, "", gloss)
        m = split(gloss, part, /; */)
        print words ": " part[1]
        for (i = 2; i <= m; i++) print part[i]
    }
    function digit(c) { return index("0123456789abcdef", c) - 1 }' "$@"
}
# What a person would read aloud, each once.
prose() {
    iconv -c -f UTF-8 -t UTF-8 | tr -d '\000' | tr -s ' ' | awk '{
        sub(/^ /, ""); sub(/ $/, "")
        if (split($0, word, " ") < 6) next
        n = length($0)
        rest = $0
        if (gsub(/[A-Za-z ]/, "", rest) < .8 * n || seen[$0]++) next
        print
    }'
}

apt-get download -q "$@" > log 2>&1 || { cat log >&2; exit 1; }
for deb in *.deb; do
    dpkg-deb -x "$deb" files
    find files -type f -name '*.html' -print0 | sort -z | while IFS= read -r -d '' f; do html "$f"; done
    find files -type f -name '*.html.gz' -print0 | sort -z | while IFS= read -r -d '' f; do gzip -dc "$f" | html; done
    find files -type f \( -name '*.txt' -o -name '*.rst' -o -name '*.pod' -o -path '*/games/fortunes/*' ! -name '*.dat' ! -name '*.u8' \) -print0 |
        sort -z | while IFS= read -r -d '' f; do sed 's/^%$//' "$f" | plain; done
    find files -type f \( -name '*.txt.gz' -o -name '*.rst.gz' -o -name '*.rst.txt.gz' -o -name '*.dict.dz' -o -name '*.rawtext*.gz' \) -print0 | sort -z |
        while IFS= read -r -d '' f; do gzip -dc "$f" 2> /dev/null | plain; done
    find files -type f -path '*/wordnet/data.*' -print0 | sort -z | while IFS= read -r -d '' f; do synsets "$f"; done
    rm -rf files
done | prose
