# One self-contained page from sentences, tables and figures:
#   awk [-v home=DIR/] -f plots/report.awk TITLE NOTES.txt COLUMNS.tsv PART...
# NOTES.txt: paragraphs, separated by empty lines. COLUMNS.tsv: plots/columns.tsv. A PART is FILE:CAPTION; its FILE ends in
#   .said    sentences, a line each, which stand in front: what was found; behind an empty line, what is to be opened
#   .svg     a figure
#   .tsv     a table, its columns in the order of COLUMNS.tsv, as many as a page is wide; all of them to open
#   .about   lines KEY: VALUE on programs and machine, which stand at the end
# The command behind a figure or table is what `.FILE.stamp` beside it keeps; plots/ and pipelines/ lie in `home`. Whatever comes from outside is escaped.
function escape(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); gsub(/"/, "\\&quot;", s); return s }
function fail(file) { print "report.awk: " file ": cannot read it" > "/dev/stderr"; exit failed = 1 }
# awk opens a folder as an empty file; a part has a line at least.
function next_line(file,    got) {
    got = (getline input < file)
    if (got < 0 || (got == 0 && !(file in begun))) fail(file)
    begun[file] = 1
    if (got == 0) close(file)
    return got
}

function notes(file,    open) {
    while (next_line(file)) {
        if (input == "" && open) { print "</p>"; open = 0; continue }
        if (input != "" && !open) { print "<p>"; open = 1 }
        print escape(input)
    }
    if (open) print "</p>"
}

function sentences(file, caption,    more) {
    print "<section class=\"found\">\n<h2>" escape(caption) "</h2>\n<ul>"
    while (next_line(file)) {
        if (input != "") print "<li>" escape(input) "</li>"
        else if (!more++) print "</ul>\n<details class=\"more\"><summary>in detail</summary>\n<ul>"
    }
    print "</ul>" (more ? "</details>" : "") "\n</section>"
}

function about(file, caption,    k) {
    print "<section>\n<h2>" escape(caption) "</h2>\n<dl class=\"about\">"
    while (next_line(file)) {
        k = index(input, ": ")
        if (k) print "<dt>" escape(substr(input, 1, k - 1)) "</dt><dd>" escape(substr(input, k + 2)) "</dd>"
    }
    print "</dl>\n</section>"
}

# --- tables
function is_number(s) { return s ~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/ }
# A command as the shell gets it, from what a stamp keeps of a stage: `make`'s names for programs, targets and dollars. What a log is told of
# a dev set changes no model, and is left out.
function command(text, target) {
    gsub(/&/, "\\\\&", target)
    sub(/ <- .*$/, "", text)
    gsub(/\$\(TOOL\)\//, "", text)
    gsub(/\$\(RUN\) /, "", text)
    gsub(/printf '%s\\n' \$\(LOG_NAME\) > '[^']*'; /, "", text)
    gsub(/ --dev '\$\(LOG_SET\)'/, "", text)
    gsub(/\$@/, target, text)
    gsub(/ plots\//, " " home "plots/", text)
    gsub(/ pipelines\//, " " home "pipelines/", text)
    gsub(/\$\$/, "$", text)
    return text
}
function base_of(s) { sub(/^.*\//, "", s); return s }
# What a cell shows, escaped; `first` is the row's first cell, the name of a model where `column` is how it was made.
function shown(s, column, first) {
    if (s == "nan") return "–"
    if (is_number(s) && column !~ /^(from|to|digest|example)$/) return sprintf("%.4g", s)
    if (column == "made by") { # a stream of several models has their numbers
        sub(/, [0-9]+$/, "", first)
        s = command(s, first)
    }
    if (column == "model") s = base_of(s)
    if (column == "path") { s = base_of(s); sub(/\.tsv$/, "", s); sub(/^path-/, "", s) }
    return escape(s)
}
function is_long(column) { return column == "made by" || column == "provenance" }
function order_columns(n,    i, k) { # by place; those without one last, in their own order
    split("", column_at)
    for (i = 1; i <= n; i++) rank[i] = (head[i] in place) && place[head[i]] != "" && filled[i] ? place[head[i]] : 1000 + i
    for (i = 1; i <= n; i++) {
        for (k = i; k > 1 && rank[column_at[k - 1]] > rank[i]; k--) column_at[k] = column_at[k - 1]
        column_at[k] = i
    }
}
function heading(i) {
    return "<th scope=\"col\"" (numbers[i] ? " class=\"n\"" : "") (head[i] in meaning ? " title=\"" escape(meaning[head[i]]) "\"" : "") "><button type=\"button\">" escape(head[i]) "</button></th>"
}
# The rows, with the columns pick[n].
function rows_of(pick, n,    r, k, i, c, text) {
    print "<div class=\"wide\"><table><thead><tr>"
    for (k = 1; k <= n; k++) { print heading(pick[k]); used[head[pick[k]]] = 1 }
    print "</tr></thead><tbody>"
    for (r = 1; r <= n_rows; r++) {
        split(row[r], c, "\t")
        text = "<tr>"
        for (k = 1; k <= n; k++) {
            i = pick[k]
            text = text "<td" (numbers[i] ? " class=\"n\"" : is_long(head[i]) ? " class=\"long\"" : "") (is_number(c[i]) ? " data-v=\"" c[i] "\"" : "") ">" shown(c[i], head[i], c[1]) "</td>"
        }
        print text "</tr>"
    }
    print "</tbody></table></div>"
}
# Columns that tell what the others are of, also where they have the same in every row: of a metric, unless it is the loss.
function says_what(i) { return head[i] == "verdict" || head[i] == "xfit" || head[i] == "metric" && value[i] != "loss" }
# pick[]: the columns that stand on the page at once, and how many. Where there are more than fit, those with a place and not the same in every row, up to
# what a page is wide.
function pick_columns(n, pick,    k, i, m, sum) {
    for (i = 1; i <= n; i++) sum += width[i]
    if (sum <= PAGE && n <= 10) {
        for (k = 1; k <= n; k++) pick[k] = column_at[k]
        return n
    }
    sum = 0
    for (k = 1; k <= n; k++) {
        i = column_at[k]
        if (m > 0 && (rank[i] >= 1000 && rank[column_at[1]] < 1000 || m >= (rank[column_at[1]] < 1000 ? 12 : 10) || sum + width[i] > PAGE)) break
        if (m > 0 && n_rows > 2 && same[i] && !says_what(i)) continue
        pick[++m] = i
        sum += width[i]
    }
    return m
}
function table(file,    n, k, m, pick, cell, long) {
    n_rows = 0
    next_line(file)
    n = split(input, head, "\t")
    for (k = 1; k <= n; k++) { numbers[k] = same[k] = 1; filled[k] = 0; width[k] = length(head[k]) + 1 }
    while (next_line(file)) {
        row[++n_rows] = input
        split(input, cell, "\t")
        for (k = 1; k <= n; k++) {
            if (cell[k] != "") filled[k] = 1
            if (cell[k] != "" && cell[k] != "nan" && !is_number(cell[k])) numbers[k] = 0
            if (n_rows == 1) value[k] = cell[k]
            if (cell[k] != value[k]) same[k] = 0
            long = length(shown(cell[k], head[k], cell[1]))
            if (is_long(head[k]) && long > 40) long = 40
            if (long > width[k]) width[k] = long
        }
    }
    for (k = 1; k <= n; k++) width[k] = width[k] * 7 + 20 # in pixels, about
    order_columns(n)
    m = pick_columns(n, pick)
    rows_of(pick, m)
    if (m < n) {
        print "<details><summary>all " n " columns</summary>"
        rows_of(column_at, n)
        print "</details>"
    }
}

function picture(file,    on, box, size, wide, lines) {
    while (next_line(file)) { # without the XML prologue, which may not stand inside a page
        if (input ~ /<svg/) on = 1
        if (input ~ /viewBox=/ && wide == "") { # letters of all figures are of one size
            box = input
            sub(/.*viewBox="/, "", box)
            split(box, size, " ")
            wide = size[3] > 0 ? sprintf(" style=\"--wide: %dpx\"", 1.15 * size[3]) : " "
        }
        if (on) lines = lines input "\n"
    }
    printf "<div class=\"picture\"%s>\n%s</div>\n", wide, lines
}

function command_of(file,    base, folder, stamp, text) {
    base = folder = file
    sub(/^.*\//, "", base)
    if (!sub(/[^\/]*$/, "", folder)) folder = ""
    stamp = folder "." base ".stamp"
    if ((getline text < stamp) <= 0) return
    close(stamp)
    print "<details class=\"made\"><summary>made by</summary><pre>" escape(command(text, file)) "</pre></details>"
}

function part(file, caption) {
    print "<figure>"
    print "<figcaption>" escape(caption) "</figcaption>"
    if (file ~ /\.svg$/) picture(file); else table(file)
    command_of(file)
    print "</figure>"
}

function glossary(    k, any) {
    for (k = 1; k <= columns; k++) if (name[k] in used) any = 1
    if (!any) return
    print "<section>\n<h2>What the columns mean</h2>\n<dl>"
    for (k = 1; k <= columns; k++)
        if (name[k] in used) print "<dt>" escape(name[k]) "</dt><dd>" escape(meaning[name[k]]) "</dd>"
    print "</dl>\n</section>"
}

function style() {
    print ":root { color-scheme: light dark; --ink: #1d1d1f; --soft: #5a5a60; --line: #d9d9de; --page: #ffffff; --card: #f5f6f8; --mark: #0072b2 }"
    print "@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --soft: #a5a5ad; --line: #3b3b42; --page: #16171a; --card: #202126; --mark: #56b4e9 } }"
    print "* { box-sizing: border-box }"
    print "body { font: 16px/1.55 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; color: var(--ink); background: var(--page) }"
    print "h1 { font-size: 1.7rem; line-height: 1.25; margin: .5rem 0 1rem; overflow-wrap: anywhere } h2 { font-size: 1.15rem; margin: 1.6rem 0 .5rem }"
    print "p, li, dd { max-width: 46rem; overflow-wrap: anywhere }"
    print ".found { background: var(--card); border-left: 4px solid var(--mark); padding: .4rem 1.2rem; border-radius: 4px } .found h2 { margin-top: .6rem } .found ul { padding-left: 1.1rem }"
    print "figure { margin: 2rem 0 } figcaption { font-weight: 600; margin-bottom: .5rem; overflow-wrap: anywhere }"
    print ".picture { background: #ffffff; border-radius: 4px; text-align: center } .picture svg { width: 100%; max-width: var(--wide, 100%); height: auto } @media (max-width: 40rem) { .picture { overflow-x: auto } .picture svg { min-width: min(var(--wide, 38rem), 38rem) } }"
    print ".wide { overflow-x: auto } table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums }"
    print "th, td { padding: .25rem .6rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap } th.n, td.n { text-align: right }"
    print "td.long { white-space: normal; overflow-wrap: anywhere; min-width: 22rem; font-size: .75rem; font-family: ui-monospace, monospace } td { vertical-align: top }"
    print "th:first-child, td:first-child { position: sticky; left: 0; background: var(--page) }"
    print "th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0; cursor: pointer } th[aria-sort=ascending] button::after { content: \" ▲\" } th[aria-sort=descending] button::after { content: \" ▼\" }"
    print "details { margin: .4rem 0; font-size: .85rem; color: var(--soft) } summary { cursor: pointer } pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); padding: .6rem; border-radius: 4px; color: var(--ink) }"
    print "dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .85rem } dt { font-weight: 600 } dd { margin: 0 }"
    print "@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .4rem } h1 { font-size: 1.35rem } table { font-size: .75rem } th, td { padding: .2rem .35rem } td:not(.n):not(.long) { white-space: normal; max-width: 7rem } td:first-child { max-width: 5.5rem; overflow-wrap: anywhere } }"
    print "@media print { :root { color-scheme: light; --ink: #000000; --soft: #333333; --line: #bbbbbb; --page: #ffffff; --card: #f2f2f2 } body { font-size: 10pt; max-width: none; padding: 0 } details:not(.made):not(.more) { display: none } summary { list-style: none } pre { font-size: 7pt; padding: .2rem }"
    print "  .made::details-content, .more::details-content { content-visibility: visible; display: block } .wide { overflow: visible } table { font-size: 6.5pt; width: 100% } th, td { padding: .1rem .25rem; white-space: normal } th:first-child, td:first-child { position: static } td.long { min-width: 0; font-size: 5.5pt } .picture, tr { break-inside: avoid } figcaption { break-after: avoid } }"
}
function script() { # a click on a heading sorts; a page on paper has all commands
    print "['beforeprint', 'afterprint'].forEach(function (e) { addEventListener(e, function () { document.querySelectorAll('.made, .more').forEach(function (d) { d.open = e === 'beforeprint' }) }) });"
    print "document.querySelectorAll('th button').forEach(function (b) { b.addEventListener('click', function () {"
    print "  var th = b.parentNode, body = th.closest('table').tBodies[0], i = th.cellIndex, up = th.getAttribute('aria-sort') !== 'ascending';"
    print "  var key = function (r) { var c = r.cells[i], v = c.getAttribute('data-v'); return v === null ? c.textContent : Number(v) };"
    print "  Array.from(body.rows).sort(function (x, y) { var a = key(x), c = key(y), s = typeof a === typeof c ? (a < c ? -1 : a > c ? 1 : 0) : typeof a === 'number' ? -1 : 1; return up ? s : -s })"
    print "    .forEach(function (r) { body.appendChild(r) });"
    print "  th.parentNode.querySelectorAll('th').forEach(function (x) { x.removeAttribute('aria-sort') }); th.setAttribute('aria-sort', up ? 'ascending' : 'descending') }) });"
}

function read_columns(file,    c) {
    next_line(file)
    while (next_line(file)) {
        split(input, c, "\t")
        name[++columns] = c[1]; place[c[1]] = c[2]; meaning[c[1]] = c[3]
    }
}
function each_part(pattern, how,    k, colon, file, caption) {
    for (k = 4; k < ARGC; k++) {
        colon = index(ARGV[k], ":")
        file = substr(ARGV[k], 1, colon - 1)
        caption = substr(ARGV[k], colon + 1)
        if (!colon || file !~ /\.(said|svg|tsv|about)$/) { print "report.awk: " ARGV[k] ": no part of a report" > "/dev/stderr"; exit failed = 1 }
        if (file !~ pattern) continue
        if (how == "said") sentences(file, caption)
        else if (how == "about") about(file, caption)
        else part(file, caption)
    }
}
BEGIN {
    PAGE = 960 # what a page is wide, in pixels
    title = escape(ARGV[1])
    read_columns(ARGV[3])
    print "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    print "<title>" title "</title>\n<style>"
    style()
    print "</style>\n</head>\n<body>\n<h1>" title "</h1>"
    each_part("\\.said$", "said")
    notes(ARGV[2])
    each_part("\\.(svg|tsv)$", "part")
    glossary()
    each_part("\\.about$", "about")
    print "<script>"
    script()
    print "</script>\n</body>\n</html>"
}
