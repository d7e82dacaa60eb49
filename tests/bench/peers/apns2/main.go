// SPDX-License-Identifier: Apache-2.0

// Pushes through sideshow/apns2, and how many a second. Arguments: host:port, CA file, .p8, token, payload, how many,
// how many at a time.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/token"
	"golang.org/x/net/http2"
)

func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func cpuMicroseconds() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Sec*1e6 + int64(usage.Utime.Usec) + usage.Stime.Sec*1e6 + int64(usage.Stime.Usec)
}

func main() {
	if len(os.Args) != 8 {
		log.Fatal("host:port, CA file, .p8, token, payload, how many, how many at a time")
	}
	pem, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	key, err := token.AuthKeyFromFile(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	client := apns2.NewTokenClient(&token.Token{AuthKey: key, KeyID: "KEY1234567", TeamID: "TEAM123456"})
	client.Host = "https://" + os.Args[1]
	client.HTTPClient = &http.Client{Transport: &http2.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	count := number(os.Args[6])

	push := func(n int64) {
		answer, err := client.Push(&apns2.Notification{
			ApnsID:      fmt.Sprintf("01234567-89ab-4cde-8f01-%012d", n),
			CollapseID:  fmt.Sprintf("mail.bench-registration-%010d", n),
			DeviceToken: os.Args[4],
			Topic:       "com.example.mail",
			PushType:    apns2.PushTypeAlert,
			Priority:    apns2.PriorityHigh,
			Expiration:  time.Unix(1764000000, 0),
			Payload:     []byte(os.Args[5]),
		})
		if err != nil || answer.StatusCode != 200 {
			log.Fatal(answer, err)
		}
	}
	push(0)
	var next int64
	var workers sync.WaitGroup
	start, cpu := time.Now(), cpuMicroseconds()
	for i := int64(0); i < number(os.Args[7]); i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for n := atomic.AddInt64(&next, 1); n <= count; n = atomic.AddInt64(&next, 1) {
				push(n)
			}
		}()
	}
	workers.Wait()
	seconds := time.Since(start).Seconds()
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"rate": float64(count) / seconds, "cpu_us": float64(cpuMicroseconds()-cpu) / float64(count)})
}
