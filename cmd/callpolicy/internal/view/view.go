// Package view turns results into what people and other programs read. It and
// the packages below it are the only ones of callpolicy that know color, columns
// and output formats, and the only ones that print. They decide nothing: a result
// is settled before it is shown.
//
// Here is what a command says in its own words. What has several formats has a
// package: report for what is wrong in the files, planview for what changes,
// runbookview for what is to be done by hand. They stand on layout, which knows
// widths and colors, on words, which knows what settings are called, and on
// harmless, through which passes whatever somebody wrote.
package view
