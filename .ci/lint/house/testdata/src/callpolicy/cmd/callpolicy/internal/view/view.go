package view

import (
	"fmt"
	"os"
)

func show() {
	fmt.Println("fine: this is what the view is for")
	os.Exit(1) // want `os.Exit outside package main`
}
