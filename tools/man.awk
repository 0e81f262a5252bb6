# A manual page: man from the prose of docs/man, and the tables that programs and pipelines have themselves.
#   awk -v page=mc-interp -v version=0.1.0 -v date=2026-01-31 -f man.awk HELP OPTIONS PROSE            HELP, OPTIONS: of the program
#   awk -v page=mctools-path ... -f man.awk goals.tsv variables.tsv PROSE
# Prose has paragraphs, `code` and ```sh blocks; what stands before its first "## Title" is the description. The section "See also"
# is a list of names.
function text(s) { # of a paragraph
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    gsub(/'/, "\\(aq", s)
    while (match(s, /`[^`]*`/)) s = substr(s, 1, RSTART - 1) "\\fB" substr(s, RSTART + 1, RLENGTH - 2) "\\fR" substr(s, RSTART + RLENGTH)
    return s ~ /^\./ ? "\\&" s : s
}
function say(s,    i, n, w, line) { # a paragraph, in short lines
    n = split(text(s), w, " ")
    line = w[1]
    for (i = 2; i <= n; i++) {
        if (length(line) + length(w[i]) > 78) { print line; line = (w[i] ~ /^\./ ? "\\&" : "") w[i] }
        else line = line " " w[i]
    }
    print line
}
function heading(s) { print ".SH " toupper(s); fresh = 1; gap = 0 }
function entry(left, what) { print ".TP"; print left; say(what) }
function bold(s) { return "\\fB" text(s) "\\fR" }
function names(s,    i, n, w) {
    n = split(s, w, /[, ]+/)
    for (i = 1; i <= n; i++) if (w[i] ~ /^mc/) print ".BR " text(w[i]) " (1)" (i < n && w[i + 1] ~ /^mc/ ? "," : "")
}
function option_list() {
    if (n_options == 0) return
    heading(page ~ /^mc-/ ? "Options" : "Variables")
    fresh = 0
    if (page !~ /^mc-/) print "Given as NAME=VALUE; in quotes where a value has blanks."
    for (i = 1; i <= n_options; i++) entry(left_of[i], help_of[i])
}
function begin(    i, n, part) {
    printf ".TH %s 1 \"%s\" \"mctools %s\" \"mctools\"\n.nh\n.ad l\n", toupper(text(page)), date, version
    heading("Name")
    say(page " - " purpose)
    heading("Synopsis")
    n = split(usage, part, "|")
    if (usage == "") n = 1
    for (i = 1; i <= n; i++) {
        print (i > 1 ? ".br\n" : "") bold(page ~ /^mctools-/ ? "mctools " substr(page, 9) : page) (part[i] == "" ? "" : " " text(part[i])) (synopsis_end == "" ? "" : " " text(synopsis_end))
    }
    heading("Description")
}

FNR == 1 { file++ }
# a program: its help
page ~ /^mc-/ && file == 1 {
    if (FNR == 1) purpose = substr($0, length(page) + 3)
    if (sub("^usage: " page " *", "")) synopsis_end = $0
    if (sub(/^see also: /, "")) also = $0
    next
}
page ~ /^mc-/ && file == 2 {
    if (FNR == 1) next
    split($0, c, "\t")
    if (c[1] == "-h") { left_of[n_options] = left_of[n_options] ", " bold(c[1]); next }
    n_options++
    left_of[n_options] = bold(c[1]) (c[4] != "" ? " " text(c[4]) : c[2] != "" ? " \\fI" text(c[2]) "\\fR" : "")
    help_of[n_options] = c[8] (c[5] != "" ? " (" c[5] ")" : "") (c[7] ? (c[8] ~ /given again/ ? "" : "; may be given again") : "")
    next
}
# a pipeline: its rows
page !~ /^mc-/ && file == 1 {
    split($0, c, "\t")
    if (page == "mctools-" c[1]) { purpose = c[3]; usage = c[2] }
    if (page == "mctools" && FNR > 1) verbs[++n_verbs] = c[1] "\t" c[3]
    synopsis_end = "[NAME=VALUE]..." (page == "mctools-submit" ? "" : " [OPTION OF make]...")
    next
}
page !~ /^mc-/ && file == 2 {
    split($0, c, "\t")
    if (index(" " c[1] " ", " " substr(page, 9) " ") && page != "mctools") {
        left_of[++n_options] = bold(c[2] "=") "\\fI" text(c[4]) "\\fR"
        help_of[n_options] = c[5] (c[3] != "" ? " (" c[3] ")" : "")
    }
    next
}
# the prose
FNR == 1 {
    if (page == "mctools") {
        purpose = "mode connectivity of pre-trained language models: the pipelines as one command"
        usage = "VERB [NAME=VALUE]... [OPTION OF make]...|figure NAME ARGUMENT...|help [VERB or PROGRAM]|--version"
        synopsis_end = ""
    }
    begin()
}
/^## / {
    if (!described) { described = 1; verb_list(); option_list() }
    section = substr($0, 4)
    if (section != "See also") heading(section)
    next
}
section == "See also" { if (NF) also = also $0 " "; next }
/^```sh/ { printf "%s.RS 4\n.nf\n", fresh ? "" : ".PP\n"; code = 1; gap = 0; next }
/^```/ { print ".fi\n.RE"; code = 0; fresh = 0; next }
code { print text($0); next }
NF == 0 { gap = !fresh; next }
{
    if (gap) print ".PP"
    gap = 0
    fresh = 0
    say($0)
}
function verb_list(    i, c) {
    if (n_verbs == 0) return
    heading("Verbs")
    for (i = 1; i <= n_verbs; i++) { split(verbs[i], c, "\t"); entry(bold(c[1]), c[2]) }
    entry(bold("figure"), "a figure of tables, by the plot of this name and what stands behind it")
    entry(bold("help"), "the verbs; of a verb its variables, of a program its options")
    entry(bold("--version"), "version, libraries and kernel family")
}
END {
    heading("Exit status")
    if (page ~ /^mc-/) say("0: done. 1: failed, with one line on standard error that says where and why. 2: bad usage.")
    else say("0: done. 1: something is not installed. 2: bad usage, or a stage failed.")
    if (also != "") { heading("See also"); names(also) }
}
