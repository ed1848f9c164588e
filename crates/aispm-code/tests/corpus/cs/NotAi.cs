using System.Net.Http;

var client = new ChatClient("lobby");
var http = new HttpClient();
