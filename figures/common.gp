# What every figure shares: fonts, rules, axes. The generated figure.gp has set the palette's line types and the variables before.
set encoding utf8
set datafile separator comma
set datafile columnheaders
set style fill transparent solid 0.16 noborder
set border 3 linewidth 0.7 linecolor rgb "#404040"
set tics out nomirror scale 0.6, 0.3 textcolor rgb "black"
set key off

INK = "#404040"
# Variants of one thing by number: solid, dashed, dotted.
set dashtype 2 (9, 5)
set dashtype 3 (2, 4)
# Rows of one series and one cell; everything else is undefined and not drawn.
of(series, cell, value) = (strcol("series") eq series && strcol("cell") eq cell) ? value : NaN
# Panel titles stand above the axes, left-aligned, with their letter.
title_above(letter, text) = sprintf("{/:Bold %s}  %s", letter, text)

# ---- small multiples: COLUMNS x ROWS panels, numbered from 1 row by row, all of one size; a strip for the legend above, the caption below.
# In inches, to be changed by a script before it draws.
GRID_LEFT = 0.47      # for the y axis
GRID_RIGHT = 0.12
GRID_TOP = 0.66       # for the legend and the first row's titles
GRID_BELOW = 0.50     # for the x axis, above the caption
GRID_BETWEEN = 0.28   # columns
GRID_ABOVE = 0.32     # rows: for titles
CAPTION_Y = (0.118 * CAPTION_LINES - 0.02) / HEIGHT
GRID_FOOT = 0.118 * CAPTION_LINES
grid_column(k) = (int(k) - 1) % COLUMNS
grid_row(k) = (int(k) - 1) / COLUMNS
grid_wide(k) = (WIDTH - GRID_LEFT - GRID_RIGHT - (COLUMNS - 1) * GRID_BETWEEN) / COLUMNS
grid_high(k) = (HEIGHT - GRID_TOP - GRID_BELOW - GRID_FOOT - (ROWS - 1) * GRID_ABOVE) / ROWS
grid_left(k) = (GRID_LEFT + grid_column(k) * (grid_wide(k) + GRID_BETWEEN)) / WIDTH
grid_right(k) = grid_left(k) + grid_wide(k) / WIDTH
grid_top(k) = 1.0 - (GRID_TOP + grid_row(k) * (grid_high(k) + GRID_ABOVE)) / HEIGHT
grid_bottom(k) = grid_top(k) - grid_high(k) / HEIGHT
grid_lowest(k, count) = k + COLUMNS > count    # no panel below it: it has the tics' labels
letter(k) = k <= 26 ? substr("abcdefghijklmnopqrstuvwxyz", k, k) : ""
