# One self-contained page from tables and figures:
#   awk -f plots/report.awk TITLE NOTES.txt 'barrier.tsv:caption' 'figure.svg:caption' ...
# NOTES.txt: paragraphs, separated by empty lines.
function escape(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); return s }

function fail(file) { print "report.awk: " file ": cannot read it" > "/dev/stderr"; exit failed = 1 }

function notes(file,    line, open, got) {
    while ((got = getline line < file) > 0) {
        if (line == "" && open) { print "</p>"; open = 0; continue }
        if (line != "" && !open) { print "<p>"; open = 1 }
        print escape(line)
    }
    if (got < 0) fail(file)
    if (open) print "</p>"
    close(file)
}

function number(s) { return s ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ ? sprintf("%.4g", s) : escape(s) }

function table(file,    line, n, c, i, row, cell, got) {
    print "<table>"
    while ((got = getline line < file) > 0) {
        n = split(line, c, "\t")
        cell = row++ ? "td" : "th"
        printf "<tr>"
        for (i = 1; i <= n; i++) printf "<%s>%s</%s>", cell, (row > 1 ? number(c[i]) : escape(c[i])), cell
        print "</tr>"
    }
    if (got < 0) fail(file)
    print "</table>"
    close(file)
}

function picture(file,    line, on, got) {
    while ((got = getline line < file) > 0) { # without the XML prologue, which may not stand inside a page
        if (line ~ /<svg/) on = 1
        if (on) print line
    }
    if (got < 0) fail(file)
    close(file)
}

BEGIN {
    title = escape(ARGV[1])
    print "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" title "</title>\n<style>"
    print "body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }"
    print "table { border-collapse: collapse; font-size: 13px; display: block; overflow-x: auto }"
    print "th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }"
    print "figure { margin: 1.5rem 0 } figcaption { color: #555; font-size: 14px } svg { max-width: 100%; height: auto }"
    print "</style>\n</head>\n<body>\n<h1>" title "</h1>"
    notes(ARGV[2])
    for (k = 3; k < ARGC; k++) {
        colon = index(ARGV[k], ":")
        file = substr(ARGV[k], 1, colon - 1)
        print "<figure>"
        if (file ~ /\.svg$/) picture(file); else table(file)
        print "<figcaption>" escape(substr(ARGV[k], colon + 1)) "</figcaption>\n</figure>"
    }
    print "</body>\n</html>"
}
