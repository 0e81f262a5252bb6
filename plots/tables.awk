# The tables of a Markdown text, made of the TSVs that they are of:
#   awk -v folder=docs/results -f plots/tables.awk docs/results/q1.md
# Under a line
#   <!-- FILE.tsv [COLUMN=VALUE,VALUE | COLUMN!=VALUE,VALUE]...: CELL[=TITLE]; CELL[=TITLE]... -->
# stands the table of the rows in which every COLUMN named has one of its VALUEs (!=: none of them; a VALUE may be empty). A CELL is
# COLUMN, COLUMN%FORMAT, or text with such names in braces: {xfit%.3f} [{ci_low%.3f}, {ci_high%.3f}]. Under FORMAT a number loses the
# 0 before its point; nan is an en dash. The text is printed with such tables in place of those that stand there.
function fail(text) { print "tables.awk: " text > "/dev/stderr"; failed = 1; exit 1 }
function value(text, format) {
    if (text == "nan") return "–"
    if (format == "") return text
    text = sprintf(format, text)
    if (text ~ /^-0*\.?0*$/) sub(/^-/, "", text)
    sub(/^0\./, ".", text)
    sub(/^-0\./, "-.", text)
    return text
}
# A cell of a row f[], whose columns stand at at[].
function cell(template, f, at, file,    out, name, format) {
    if (template !~ /\{/) template = "{" template "}"
    while (match(template, /\{[^}]*\}/)) {
        name = substr(template, RSTART + 1, RLENGTH - 2)
        out = out substr(template, 1, RSTART - 1)
        template = substr(template, RSTART + RLENGTH)
        format = name
        if (!sub(/^[^%]*/, "", format)) format = ""
        sub(/%.*/, "", name)
        if (!(name in at)) fail(file ": no column " name)
        out = out value(f[at[name]], format)
    }
    out = out template
    gsub(/\|/, "\\|", out)
    return out == "– [–, –]" ? "–" : out
}
# Whether a row is one that COLUMN=VALUE,... or COLUMN!=VALUE,... asks for.
function passes(filter, f, at, file,    name, values, v, k, not, found) {
    name = filter
    sub(/!?=.*/, "", name)
    not = filter ~ /^[^=]*!=/
    sub(/^[^=]*=/, "", filter)
    if (!(name in at)) fail(file ": no column " name)
    if (filter == "") return not ? f[at[name]] != "" : f[at[name]] == ""
    k = split(filter, values, ",")
    for (v = 1; v <= k; v++) if (f[at[name]] == values[v]) found = 1
    return not ? !found : found
}
function table(file, filters, n_filters, list,    n, i, spec, title, line, rule, f, at, k, found, row) {
    n = split(list, spec, /; */)
    line = rule = "|"
    for (i = 1; i <= n; i++) {
        title = spec[i]
        sub(/%.*/, "", title)
        if (spec[i] ~ /=/) { title = spec[i]; sub(/^[^=]*=/, "", title); sub(/=.*/, "", spec[i]) }
        line = line " " title " |"
        rule = rule "---|"
    }
    print line "\n" rule
    file = folder "/" file
    if ((getline line < file) <= 0) fail(file ": cannot be read")
    k = split(line, f, "\t")
    for (i = 1; i <= k; i++) at[f[i]] = i
    while ((getline line < file) > 0) {
        split(line, f, "\t")
        for (i = 2; i <= n_filters; i++) if (!passes(filters[i], f, at, file)) break
        if (i <= n_filters) continue
        row = "|"
        for (i = 1; i <= n; i++) row = row " " cell(spec[i], f, at, file) " |"
        print row
        found = 1
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
    n = split(head, part, " ")
    table(part[1], part, n, text)
    skip = 1
    next
}
skip && /^\|/ { next }
{ skip = 0; print }
END { if (failed) exit 1 }
