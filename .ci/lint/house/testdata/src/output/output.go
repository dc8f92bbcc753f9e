package output

import (
	"fmt"
	"io"
	"log"
	"os"
)

func speak(w io.Writer) {
	fmt.Fprintln(w, "fine: the caller chose the writer")
	fmt.Println("here")     // want `fmt.Println outside the view`
	fmt.Fprintln(os.Stderr) // want `os.Stderr outside the view`
	log.Print("there")      // want `log.Print outside the view`
	println("everywhere")   // want `built-in println`
	defer log.Fatal("gone") // want `log.Fatal outside package main`
	later := os.Exit        // want `os.Exit outside package main`
	later(1)
}
