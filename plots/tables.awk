# The tables of a Markdown text, made of the TSVs that they are of:
#   awk -v folder=docs/results -f plots/tables.awk docs/results/q1.md
# Under a line
#   <!-- FILE.tsv [COLUMN=VALUE,VALUE...]: COLUMN[%FORMAT][=TITLE]; COLUMN... -->
# stands the table of these columns, of the rows in which COLUMN has one of the VALUEs. Under FORMAT a number loses the 0 before its
# point; nan is an en dash. The text is printed with such tables in place of those that stand there.
function cell(text, format) {
    if (text == "nan") return "–"
    if (format == "") return text
    text = sprintf(format, text)
    if (text ~ /^-0*\.?0*$/) sub(/^-/, "", text)
    sub(/^0\./, ".", text)
    sub(/^-0\./, "-.", text)
    return text
}
function fail(text) { print "tables.awk: " text > "/dev/stderr"; failed = 1; exit 1 }
function table(file, filter, list,    n, i, spec, title, format, column, line, f, at, want, of, k, values, found) {
    n = split(list, spec, /; */)
    for (i = 1; i <= n; i++) {
        title[i] = spec[i]
        if (spec[i] ~ /=/) { sub(/^[^=]*=/, "", title[i]); sub(/=.*/, "", spec[i]) }
        format[i] = ""
        if (spec[i] ~ /%/) { format[i] = spec[i]; sub(/^[^%]*/, "", format[i]); sub(/%.*/, "", spec[i]) }
        if (title[i] ~ /%/) sub(/%.*/, "", title[i])
        column[i] = spec[i]
    }
    if (filter != "") {
        of = filter
        sub(/=.*/, "", of)
        sub(/^[^=]*=/, "", filter)
        k = split(filter, values, ",")
        for (i = 1; i <= k; i++) want[values[i]] = 1
    }
    file = folder "/" file
    if ((getline line < file) <= 0) fail(file ": cannot be read")
    k = split(line, f, "\t")
    for (i = 1; i <= k; i++) at[f[i]] = i
    for (i = 1; i <= n; i++) if (!(column[i] in at)) fail(file ": no column " column[i])
    if (of != "" && !(of in at)) fail(file ": no column " of)
    line = "|"
    for (i = 1; i <= n; i++) line = line " " title[i] " |"
    print line
    line = "|"
    for (i = 1; i <= n; i++) line = line "---|"
    print line
    while ((getline line < file) > 0) {
        split(line, f, "\t")
        if (of != "" && !(f[at[of]] in want)) continue
        found = 1
        line = "|"
        for (i = 1; i <= n; i++) line = line " " cell(f[at[column[i]]], format[i]) " |"
        print line
    }
    close(file)
    if (!found) fail(file ": no row for the text's table")
}
/^<!-- [^ ]*\.tsv.*: .* -->$/ {
    print
    text = $0
    sub(/^<!-- /, "", text)
    sub(/ -->$/, "", text)
    head = text
    sub(/: .*/, "", head)
    sub(/^[^:]*: /, "", text)
    split(head, part, " ")
    table(part[1], part[2], text)
    skip = 1
    next
}
skip && /^\|/ { next }
{ skip = 0; print }
END { if (failed) exit 1 }
