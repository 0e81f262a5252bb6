# What single groups of tensors do along a path: loss by group and t as a heat map, and the barrier
# of each group as bars.
#
#   mc-interp --by layer a.st.gz b.st.gz | mc-eval --per-example each.tsv dev.tok.gz > layers.tsv
#   mc-barrier --per-example each.tsv layers.tsv > barrier.tsv
#   gnuplot -c plots/groups.gp layers.svg layers.tsv barrier.tsv
#   gnuplot -c plots/groups.gp layers.png --title "two pairs" ab.tsv,cd.tsv barrier.tsv
#
# The argument that ends in .svg, .png or .pdf is the output; --title TEXT, --metric COLUMN (of the heat
# map; default loss), --task T (needed where a table has several). Tables of mc-eval, separated by
# commas or blanks, are seed pairs: the heat map shows their mean. A table of mc-barrier gives the
# bars with its intervals; of several paths its rows `all` are drawn, whose heights are cross-fitted
# (xfit), as their intervals are. What the loss is in, nats or squared errors, is taken from the tables of mc-eval. Bars take the colour of the verdict, a dot is a height of about 0,
# the dotted line is epsilon. Without one of the two kinds of tables its panel is left out. --list
# FILE has lines of any text, tab, FILE, tab, FILE ... What is drawn replaces the output when it is
# whole. Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c groups.gp OUT.svg|OUT.png|OUT.pdf [--width 85mm] [--title TEXT] [--metric COLUMN] [--task T] [--list FILE] [FILE[,FILE...]...]"
named = "--metric --task"
load dir . "args.gp"
metric = value_of[1] eq "" ? "loss" : value_of[1]

all = ""
do for [k = 1:conditions] { all = all . files[k] }
text = system("LC_ALL=C awk -f " . quoted(place(dir . "metric.awk")) . all)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
unit = before(behind(text, "\n") . "\n", "\n")
text = system("LC_ALL=C awk -v metric=" . quoted(metric) . " -v task=" . quoted(value_of[2]) \
    . " -f " . quoted(place(dir . "groups.awk")) . all)
if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
# Names may have quotes, which gnuplot reads in data.
names = before(text, "\n\n\n") . "\n"
set print $D
print behind(text, "\n\n\n")
unset print

# Names, and what there is to draw.
array name[|$D|]
groups = 0
of = before(names[2:*], "\"\n"); names = behind(names, "\n")
while (strlen(names) > 0) {
    groups = groups + 1; name[groups] = before(names[2:*], "\"\n"); names = behind(names, "\n")
}
blank = 0; low = 1e300; top_z = -1e300; t_low = 1e300; t_high = -1e300; reach = 0; least = 0
array used[8]
do for [k = 1:8] { used[k] = 0 }
epsilon = -1; confidence = 0; heat = 0; bars = 0; whiskers = 0
do for [i = 1:|$D|] {
    line = $D[i]
    n = words(line)
    blank = strlen(line) == 0 ? blank + 1 : blank
    if (n == 4 && blank == 0) {
        heat = 1
        t = real(word(line, 2)); t_low = t < t_low ? t : t_low
        t = real(word(line, 3)); t_high = t > t_high ? t : t_high
        if (word(line, 4) ne "NaN") {
            v = real(word(line, 4)); low = v < low ? v : low; top_z = v > top_z ? v : top_z
        }
    }
    if (n == 5 && blank == 2) {
        bars = 1
        used[int(word(line, 5))] = 1
        do for [k = 2:4] {
            if (word(line, k) ne "NaN") {
                v = real(word(line, k)); reach = v > reach ? v : reach; least = v < least ? v : least
                whiskers = whiskers || k > 2
            }
        }
    }
    if (n == 2 && blank == 4) { epsilon = real(word(line, 1)); confidence = real(word(line, 2)) }
}
if (heat && low > top_z) { print "groups.gp: no value of " . metric . " to draw"; exit status 1 }
reach = epsilon > reach ? epsilon : reach

array title[6]
array look[6]
entries = 0
array verdict[8] = ["", "barrier", "connected", "", "", "", "", "undecided"]
array hue[8] = ["#0072B2", "#D55E00", "#009E73", "", "", "", "", "#7F7F7F"] # of style.gp
do for [k = 2:8] {
    if (used[k]) {
        entries = entries + 1; title[entries] = verdict[k]
        look[entries] = sprintf("boxes fillstyle solid 1 noborder fillcolor rgb '%s'", hue[k])
    }
}
if (whiskers) {
    entries = entries + 1; title[entries] = sprintf("%g %% interval", 100 * confidence)
    look[entries] = "lines linetype 7 dashtype 1 linewidth 1"
}
if (bars) {
    entries = entries + 1; title[entries] = sprintf("epsilon, %g", epsilon)
    look[entries] = "lines linetype 7 dashtype 3 linewidth 1.2"
}

# Many groups: lower rows and smaller names, which lose their middle if they are long.
# On paper, where no letter is smaller than least_letter, every so many-th is named.
glyph = on(14, 10)
wide = on(600, paper)
row = groups <= 16 ? on(20, 14) : groups <= 40 ? on(15, 12) : on(11, 7)
letter = .75 * row < glyph ? .75 * row : glyph
letter = longer(letter, least_letter)
each = groups > 1 && row < letter ? int(ceil(1.1 * letter / row)) : 1
most = floor(on(260, .38 * wide) / (.58 * letter))
set encoding utf8
longest = 1
do for [k = 1:groups] {
    name[k] = middle(name[k], most)
    longest = strlen(name[k]) > longest ? strlen(name[k]) : longest
}
left = 20 + .58 * letter * longest
bar_high = heat ? on(56, 4.6 * glyph) : 4. # the colours' legend, above
below = on(56, 4.2 * glyph)
panel = row * groups
stacked = heat && bars && mm > 0 && wide < 480 # bars under the heat map
inner = bar_high + panel + below + (stacked ? panel + below : 0)
load dir . "layout.gp"
load dir . "style.gp"
set datafile missing "NaN"
set style fill solid 1 noborder
unset key
unset grid
set multiplot
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }
width = heat && bars && !stacked ? (wide - left - 56) / 2 : wide - left - 30
panel_wide = width
letters = floor(width / (.62 * glyph))
set tmargin at screen top - bar_high / high
set bmargin at screen top - (bar_high + panel) / high
set format x "%g"
set yrange [groups + .5 : .5]
letter_font = sprintf(",%g", letter)
set ytics scale 0 font letter_font
set ytics ("" 1)
do for [k = 1:groups:each] { set ytics add (name[k] k) noenhanced }
from = left
if (heat) {
    set lmargin at screen from / wide
    set rmargin at screen (from + width) / wide
    set border 15
    set xrange [t_low:t_high]
    step = step_of(t_high - t_low, 6)
    set xtics step
    eval under_axis(width < 220 ? "'position t'" : "'position t of the group'")
    set object 1 rectangle from graph 0, 0 to graph 1, 1 behind fillcolor rgb none fillstyle solid 1 noborder
    top_z = at_least(low, top_z, metric eq "loss" ? .1 : .05)
    set cbrange [low:top_z]
    unset cbtics
    set colorbox horizontal user origin screen (from + 46) / wide, top - (bar_high - 17.) / high size screen (width - 92) / wide, 10. / high
    set label 2 (metric eq "loss" ? in_units("loss", unit, letters) : metric) \
        at screen (from + width / 2) / wide, top - (bar_high - 28. - .9 * glyph) / high center noenhanced
    set label 3 sprintf("%.3g", low) at screen (from + 40) / wide, top - (bar_high - 22.) / high right
    set label 4 sprintf("%.3g", top_z) at screen (from + width - 40) / wide, top - (bar_high - 22.) / high left
    plot $D index 0 using (.5 * ($2 + $3)):1:2:3:($1 - .5):($1 + .5):4 with boxxyerror fillcolor palette notitle
    unset object
    unset label
    unset colorbox
    if (stacked) {
        set tmargin at screen (below + panel) / high
        set bmargin at screen below / high
    } else {
        from = from + width + 36
        unset ytics
    }
}
if (bars) {
    set lmargin at screen from / wide
    set rmargin at screen (from + width) / wide
    set border 3
    set grid xtics
    room = .06 * (reach - least)
    room = room > 0 ? room : .01
    set xrange [least < 0 ? least - room : 0 : reach + room]
    step = step_of(reach - least + room, 4)
    set xtics step
    x_name = of eq "loss" && unit ne "" ? in_units("barrier", unit, letters) : "barrier of " . of
    eval under_axis("x_name")
    set arrow 1 from epsilon, graph 0 to epsilon, graph 1 nohead linetype 7 dashtype 3 linewidth 1.2 front
    if (least < 0) { set arrow 2 from 0, graph 0 to 0, graph 1 nohead linecolor rgb "#404040" linewidth 1 front }
    command = "plot $D index 1 using (.5 * $2):1:(0):2:($1 - .32):($1 + .32):(int($5)) with boxxyerror " \
        . "linecolor variable notitle, " \
        . "$D index 1 using (abs($2) < .01 * reach ? $2 : .5 * $2):1:(abs($2) < .01 * reach ? .6 : .05):(int($5)) with points pointtype 7 " \
        . "pointsize variable linecolor variable notitle"
    whisker = " with vectors nohead linetype 7 dashtype 1 linewidth 1 notitle"
    if (whiskers) {
        command = command . ", $D index 1 using 3:1:($4 - $3):(0)" . whisker \
            . ", $D index 1 using 3:($1 - .15):(0):(.3)" . whisker . ", $D index 1 using 4:($1 - .15):(0):(.3)" . whisker
    }
    eval command
    unset arrow
}
if (entries > 0) { load dir . "key.gp" }
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
