package main

// maxrssUnit is how many bytes one of getrusage's units of memory is.
const maxrssUnit = 1
