# Shared by the plots: what stands on the command line, and text for the shell. Before it: dir,
# given[1:givens] (the arguments, which a loaded file does not see), usage, named (the options with a
# value beside --title, --list and --width, a blank between, or ""). After it: out, part (where out is
# drawn until it is whole), head (the title), value_of[] (these options' values, in the order of named),
# conditions, label[], labelled[] (1: by whoever calls, 0: by the name of the file) and files[] (quoted for the shell, a blank before each). What a picture is for:
# mm (--width, how wide it is on paper; 0: it is for a screen), paper (the same in pixels of 1/96 inch),
# least_letter (pixels; the smallest on paper, just over 7 pt), on(SCREEN, PAPER), and fit(PANELS,
# LEAST): how many panels stand beside each other, all on a screen, on paper those with LEAST pixels.
set encoding default # texts are bytes until they are drawn
before(s, c) = strstrt(s, c) > 1 ? s[1:strstrt(s, c) - 1] : strstrt(s, c) == 1 ? "" : s
behind(s, c) = strstrt(s, c) > 0 ? s[strstrt(s, c) + strlen(c):*] : ""
escaped(s) = strstrt(s, "'") > 0 ? before(s, "'") . "'\\''" . escaped(behind(s, "'")) : s
quoted(s) = "'" . escaped(s) . "'"
# A text of MOST letters without its middle, if it is longer (in utf8).
middle(s, most) = strlen(s) <= most ? s : s[1:most / 2 - 1] . "…" . s[strlen(s) - (most - most / 2) + 1:*]
# awk takes NAME=VALUE for an assignment, unless a / stands before the =; gnuplot a | for a command.
place(s) = s[1:1] eq "/" ? s : "./" . s
base(s) = system("basename " . quoted(place(s)) . " .tsv")

# Which of the options LIST is S, from K on; 0: none.
which(s, list, k) = k > words(list) ? 0 : word(list, k) eq s ? k : which(s, list, k + 1)

# A step of about PARTS tics over a range, and the format that tells its tics apart.
step_of(range, parts) = nice(1. * range / parts, 10. ** floor(log10(1. * range / parts)))
nice(x, power) = (x / power > 5 ? 10 : x / power > 2 ? 5 : x / power > 1 ? 2 : 1) * power
tics_of(step) = step >= 1 ? "%g" : sprintf("%%.%df", -floor(log10(step) + 1e-9))
# How many letters the longest tic of a range has.
tic_letters(step, low, high) = longer(strlen(sprintf(tics_of(step), low)), strlen(sprintf(tics_of(step), high)))
longer(a, b) = a > b ? a : b
# The name of a loss, or of a barrier of it, with its unit, of at most MOST letters; without one that is not known.
in_units(name, unit, most) = unit eq "" ? name : strlen(name . unit) + 15 > most ? sprintf("%s (%s)", name, unit) : sprintf("%s (%s per example)", name, unit)

# gnuplot hands over nine arguments at most. Where it has that many, all are read from its process, behind `-c SCRIPT`; \001 stands between.
if (givens == 9) {
    line = system("tr '\\0' '\\1' < /proc/$PPID/cmdline 2> /dev/null")
    while (strlen(line) > 0 && before(line, "\001") ne "-c") { line = behind(line, "\001") }
    line = behind(behind(line, "\001"), "\001")
    k = 0
    while (strlen(line) > 0) {
        k = k + 1
        if (k > |given|) { print sprintf("%s: more than %d arguments: --list FILE has a condition a line", word(usage, 4), |given|); exit status 2 }
        given[k] = before(line, "\001"); line = behind(line, "\001")
    }
    if (k > givens) { givens = k }
}

out = ""; kind = ""; head = ""; conditions = 0; width = ""
array value_of[words(named) + 1]
do for [k = 1:|value_of|] { value_of[k] = "" }
array label[1000]
array labelled[1000]
array files[1000]
k = 1
while (k <= givens) {
    a = given[k]
    end = strlen(a) > 4 ? a[strlen(a) - 3:*] : ""
    next = k < givens ? given[k + 1] : ""
    option = k < givens ? which(a, named, 1) : 0
    if (a eq "--title" && k < givens) {
        head = next; k = k + 1
    } else { if (a eq "--width" && k < givens) {
        width = next; k = k + 1
    } else { if (option > 0) {
        value_of[option] = next; k = k + 1
    } else { if (a eq "--list" && k < givens) {
        list = system("cat " . quoted(place(next))) . "\n"
        if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
        while (strlen(list) > 0) {
            line = before(list, "\n"); list = behind(list, "\n")
            if (strstrt(line, "\t") > 0) {
                conditions = conditions + 1; label[conditions] = before(line, "\t"); files[conditions] = ""
                labelled[conditions] = label[conditions] ne ""
                rest = behind(line, "\t")
                while (strlen(rest) > 0) {
                    files[conditions] = files[conditions] . " " . quoted(place(before(rest, "\t")))
                    rest = behind(rest, "\t")
                }
            }
        }
        k = k + 1
    } else { if (out eq "" && (end eq ".svg" || end eq ".png" || end eq ".pdf")) {
        out = a; kind = end
    } else {
        conditions = conditions + 1; files[conditions] = ""
        rest = before(a, ":")
        labelled[conditions] = strstrt(a, ":") > 0
        label[conditions] = labelled[conditions] ? behind(a, ":") : base(before(rest, ","))
        while (strlen(rest) > 0) {
            files[conditions] = files[conditions] . " " . quoted(place(before(rest, ",")))
            rest = behind(rest, ",")
        }
    } } } } }
    k = k + 1
}
if (out eq "" || conditions == 0) { print usage; exit status 2 }
# Every table that is named is there.
missing = ""
do for [k = 1:conditions] {
    if (missing eq "") { missing = system("for f in" . files[k] . "; do [ -e \"$f\" ] || { printf %s \"${f#./}\"; break; }; done") }
}
if (missing ne "") { print word(usage, 4) . ": " . missing . ": no such file"; exit status 1 }
mm = 0
if (width ne "") {
    mm = system("LC_ALL=C awk -f " . quoted(place(dir . "length.awk")) . " -- " . quoted(width))
    if (GPVAL_SYSTEM_ERRNO != 0) { print word(usage, 4) . ": --width " . width . " " . mm; exit status 2 }
    mm = real(mm)
}
paper = floor(mm * 96 / 25.4) * 1.
least_letter = mm > 0 ? 9.4 : 0
on(screen, page) = 1. * (mm > 0 ? page : screen)
fit(panels, least) = mm == 0 || paper >= panels * least ? panels : paper < least ? 1 : int(floor(paper / least))
# The least whole number of rows of `n` that have `all`.
rows_of(n, all) = (all + n - 1) / n
part = place(out) . ".part"
