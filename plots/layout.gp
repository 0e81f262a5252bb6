# Shared by the plots: how high a picture is with its title and its legend, so that no text leaves it.
# Before it: head (the title), wide, inner (pixels; the height of the panels with their axes), glyph
# (size of the font), entries and title[1:entries] of the legend, none if entries is 0, and of what is
# explained under the panels notes and note[1:notes], if there is any; told[1:entries], if it is there, is what
# stands behind a title and is kept whole. After it: high, columns, rows and title_wide (of the longest, in sizes of
# the font) of the legend, key_top and top (on the screen: of the legend, of the panels), note_columns, note_wide, foot (pixels; the
# height of the notes, on which the panels stand), head_y and head_font; what is longer than the picture
# loses its middle.
set encoding utf8
# How wide a text is, in sizes of the font: letters of Helvetica in five kinds.
em(s) = strlen(s) < 2 ? em_of(s) : em(s[1:strlen(s) / 2]) + em(s[strlen(s) / 2 + 1:*])
em_of(c) = strlen(c) == 0 ? 0. : strstrt("ijlft|!,.:;'/I[] ", c) ? .29 : strstrt("rcksvxyzJ()-*", c) ? .5 : \
    strstrt("abdeghnopquL0123456789_#$?", c) ? .56 : strstrt("mMW%@…", c) ? .95 : .73
sample = 4.8 * glyph # of a column: all but its text
room = (.96 * wide - sample) / glyph # of a text of one column
# A label without its middle, as far as it must lose it, and what is said behind it, which is cut only if it does not fit alone.
fitted(s, rest) = em(middle(s, 4) . rest) <= room ? middle(s, most_of(s, rest, 4, strlen(s))) . rest : \
    middle(s . rest, most_of(s . rest, "", 4, strlen(s . rest)))
# The most letters of s, A to B, that fit with the rest.
most_of(s, rest, a, b) = a >= b ? a : em(middle(s, (a + b + 1) / 2) . rest) <= room ? most_of(s, rest, (a + b + 1) / 2, b) : \
    most_of(s, rest, a, (a + b + 1) / 2 - 1)
columns_of(widest, n) = at_most(floor(.96 * wide / (widest * glyph + sample)), n < 4 ? n : 4)
at_most(n, most) = n < 1 || most < 1 ? 1 : n > most ? most : n
title_wide = 0.
do for [k = 1:entries] {
    title[k] = fitted(title[k], exists("told") ? told[k] : "")
    title_wide = longer(title_wide, em(title[k]))
}
columns = columns_of(title_wide, entries)
rows = (entries + columns - 1) / columns
row_high = (kind eq ".svg" ? 1.6 : 1.3) * glyph # as the terminal sets them
if (!exists("notes")) { notes = 0 }
note_wide = 0.
do for [k = 1:notes] {
    note[k] = fitted(note[k], "")
    note_wide = longer(note_wide, em(note[k]))
}
note_columns = columns_of(note_wide, notes)
foot = notes > 0 ? row_high * ((notes + note_columns - 1) / note_columns) + .8 * glyph : 0
# The title on up to three lines.
head_size = glyph + 1
most = floor(wide / (.6 * head_size))
space(s, k) = k < 2 ? most : s[k:k] eq " " ? k : space(s, k - 1)
rest = head; head = ""; head_rows = 0
while (strlen(rest) > 0) {
    head_rows = head_rows + 1
    if (strlen(rest) <= most || head_rows == 3) {
        head = head . middle(rest, most); rest = ""
    } else {
        k = space(rest, most)
        head = head . rest[1:k] . "\n"; rest = strlen(rest) > k ? rest[k + 1:*] : ""
    }
}
head_high = head_rows == 0 ? .6 * glyph : (.8 + 1.4 * head_rows) * glyph
high = ceil(inner + foot + head_high + row_high * rows + .5 * glyph)
key_top = 1 - head_high / high
top = (inner + foot) / high
head_y = 1 - 1.1 * glyph / high # of its first line
head_font = sprintf(",%g", head_size)
# Names of axes, as commands for eval; TEXT is an expression. (gnuplot leaves its own away where it reckons that they do not fit.)
# Before them: left, panel_wide and panel, pixels of a panel's left margin, width and height.
under_axis(text) = sprintf("set label 90 %s at graph .5, graph %g center noenhanced", text, -2.8 * glyph / panel)
beside_axis(text) = sprintf("set label 91 %s at graph %g, graph .5 center rotate by 90 noenhanced", text, -(left - .9 * glyph) / panel_wide)
