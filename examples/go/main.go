// A client in Go: watch the price, place an order, see what becomes of it.
//
//	exchange-connector serve            # in one terminal
//	go generate . && go run .           # in another; generate needs buf (pip install buf-bin)
package main

//go:generate buf generate

import (
	"context"
	"fmt"
	"log"

	"connector-example/pb"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func main() {
	conn, err := grpc.NewClient("127.0.0.1:50051", grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	defer conn.Close()
	client, ctx := pb.NewExchangeServiceClient(conn), context.Background()

	prices, err := client.SubscribePrice(ctx, &pb.SubscribePriceRequest{Symbols: []string{"BTCUSDT"}})
	check(err)
	change, err := prices.Recv()
	check(err)
	fmt.Println(change.Symbol, change.Price.Value)

	order, err := client.PlaceOrder(ctx, &pb.PlaceOrderRequest{
		Symbol: "BTCUSDT", Side: pb.OrderSide_ORDER_SIDE_BUY, Type: pb.OrderType_ORDER_TYPE_MARKET,
		Quantity: &decimal.Decimal{Value: "0.01"},
	})
	check(err)
	fmt.Println(order.ClientOrderId, order.Status, order.AvgPrice.Value)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
