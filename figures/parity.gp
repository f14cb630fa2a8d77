# Learning curves of the authors' program and of ours, one panel per cell. The authors' mean and interval are black, dashed, with open
# markers; ours have the cell's colour, solid, with filled ones; behind them every run of ours, faint.
#
# Data: curves.csv (series, cell, episode, seeds, mean, low, high) with the series "ours" and "authors", runs.csv (series, cell, seed,
# episode, value). Variables: see the head of figure.gp.

COLUMNS = 3
ROWS = (CELL_COUNT + 1 + COLUMNS - 1) / COLUMNS    # one place is the legend's
TOP = 1.0 - 0.30 / HEIGHT
FOOT = (0.50 + 0.118 * CAPTION_LINES) / HEIGHT
GAP = 0.36 / HEIGHT
ROW = (TOP - FOOT - (ROWS - 1) * GAP) / ROWS
LEFT = 0.47 / WIDTH
RIGHT = 1.0 - 0.12 / WIDTH
SPACE = 0.30 / WIDTH
COLUMN = (RIGHT - LEFT - (COLUMNS - 1) * SPACE) / COLUMNS

set multiplot
set xrange [0:X_MAX]
set xtics X_TICK
set mxtics 2
set yrange [RETURN_MIN:RETURN_MAX]
set ytics RETURN_TICK
do for [k = 1:CELL_COUNT] {
    row = (k - 1) / COLUMNS
    place = (k - 1) % COLUMNS
    set lmargin at screen LEFT + place * (COLUMN + SPACE)
    set rmargin at screen LEFT + place * (COLUMN + SPACE) + COLUMN
    set tmargin at screen TOP - row * (ROW + GAP)
    set bmargin at screen TOP - row * (ROW + GAP) - ROW
    below = k + COLUMNS > CELL_COUNT
    if (below) { set format x "%g"; set xlabel "training episodes" offset 0, 0.5 } else { set format x ""; unset xlabel }
    if (place == 0) { set format y "%g"; set ylabel "discounted return" offset 1.2 } else { set format y ""; unset ylabel }
    set label 1 title_above(substr("abcdefghijkl", k, k), CELL_NAME[k]) at graph 0, 1.0 offset 0, 0.7
    plot for [s = FIRST_SEED:LAST_SEED] RUNS using "episode":(column("seed") == s ? of("ours", CELL[k], column("value")) : NaN) \
             with lines linewidth 0.5 linecolor rgb FAINT[k], \
         CURVES using "episode":(of("authors", CELL[k], column("low"))):(of("authors", CELL[k], column("high"))) \
             with filledcurves linecolor rgb "black", \
         CURVES using "episode":(of("ours", CELL[k], column("low"))):(of("ours", CELL[k], column("high"))) \
             with filledcurves linecolor rgb COLOUR[k], \
         OPTIMUM with lines linewidth 0.9 dashtype (2, 5) linecolor rgb "black", \
         CURVES using "episode":(of("authors", CELL[k], column("mean"))) \
             with linespoints linewidth 1.4 linecolor rgb "black" dashtype (7, 4) pointtype 6 pointsize 0.6 * POINT, \
         CURVES using "episode":(of("ours", CELL[k], column("mean"))) \
             with linespoints linewidth 1.6 linecolor rgb COLOUR[k] dashtype 1 pointtype 7 pointsize 0.42 * POINT
}
unset label 1

# ---- legend in the last place, and the caption at the foot
row = CELL_COUNT / COLUMNS
place = CELL_COUNT % COLUMNS
unset border
unset tics
unset xlabel
unset ylabel
set lmargin at screen LEFT + place * (COLUMN + SPACE)
set rmargin at screen LEFT + place * (COLUMN + SPACE) + COLUMN
set tmargin at screen TOP - row * (ROW + GAP)
set bmargin at screen TOP - row * (ROW + GAP) - ROW
set key at graph 0.5, 0.5 center center vertical maxrows 6 Left reverse samplen 3 spacing 1.3 noenhanced
set label 9 CAPTION at screen 0.07 / WIDTH, FOOT - 0.52 / HEIGHT left font ",7" noenhanced textcolor rgb INK
set yrange [0:1]
plot NaN notitle, \
     keyentry with linespoints linewidth 1.6 linecolor rgb INK dashtype 1 pointtype 7 pointsize 0.55 * POINT title "engram, mean", \
     keyentry with lines linewidth 0.7 linecolor rgb "#b0b0b0" title "engram, each run", \
     keyentry with linespoints linewidth 1.4 linecolor rgb "black" dashtype (7, 4) pointtype 6 pointsize 0.65 * POINT title "authors, mean", \
     keyentry with lines linewidth 0.9 dashtype (2, 5) linecolor rgb "black" title "optimum"
unset label 9
unset multiplot
