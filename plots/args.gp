# Shared by the plots: what stands on the command line, and text for the shell. Before it: dir,
# given[1:givens] (the arguments, which a loaded file does not see), usage, named (the options with a
# value beside --title and --list, a blank between, or ""). After it: out, part (where out is drawn
# until it is whole), head (the title), value_of[] (these options' values, in the order of named),
# conditions, label[] and files[] (quoted for the shell, a blank before each), keep (the command that
# ends with the output in its place).
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

out = ""; head = ""; conditions = 0
array value_of[words(named) + 1]
do for [k = 1:|value_of|] { value_of[k] = "" }
array label[1000]
array files[1000]
k = 1
while (k <= givens) {
    a = given[k]
    end = strlen(a) > 4 ? a[strlen(a) - 3:*] : ""
    next = k < givens ? given[k + 1] : ""
    option = k < givens ? which(a, named, 1) : 0
    if (a eq "--title" && k < givens) {
        head = next; k = k + 1
    } else { if (option > 0) {
        value_of[option] = next; k = k + 1
    } else { if (a eq "--list" && k < givens) {
        list = system("cat " . quoted(place(next))) . "\n"
        if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
        while (strlen(list) > 0) {
            line = before(list, "\n"); list = behind(list, "\n")
            if (strstrt(line, "\t") > 0) {
                conditions = conditions + 1; label[conditions] = before(line, "\t"); files[conditions] = ""
                rest = behind(line, "\t")
                while (strlen(rest) > 0) {
                    files[conditions] = files[conditions] . " " . quoted(place(before(rest, "\t")))
                    rest = behind(rest, "\t")
                }
            }
        }
        k = k + 1
    } else { if (out eq "" && (end eq ".svg" || end eq ".png")) {
        out = a
    } else {
        conditions = conditions + 1; files[conditions] = ""
        rest = before(a, ":")
        label[conditions] = strstrt(a, ":") > 0 ? behind(a, ":") : base(before(rest, ","))
        while (strlen(rest) > 0) {
            files[conditions] = files[conditions] . " " . quoted(place(before(rest, ",")))
            rest = behind(rest, ",")
        }
    } } } }
    k = k + 1
}
if (out eq "" || conditions == 0) { print usage; exit status 2 }
part = place(out) . ".part"
keep = "sh " . quoted(place(dir . "keep.sh")) . " " . quoted(part) . " " . quoted(place(out))
