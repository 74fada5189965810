// Serves fake-gcs-server, an emulator of Google Cloud Storage in Go, until standard input ends. Prints its URL.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

func main() {
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{
		Scheme: "http",
		Host:   "127.0.0.1",
		Writer: io.Discard,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer server.Stop()
	fmt.Println(server.URL())
	io.Copy(io.Discard, os.Stdin)
}
