//! Who may call a route: what is said of small applications of one or more files.

mod reading;

use aispm_collect::VirtualFile;
use aispm_types::{AssetKind, Value};

#[derive(Debug, PartialEq)]
enum Said {
    Known,
    Anyone,
    Unseen,
}
use Said::{Anyone, Known, Unseen};

fn said(files: &[(&str, &str)]) -> Vec<Said> {
    let files = files
        .iter()
        .map(|(path, text)| VirtualFile::memory((*path).to_owned(), text.as_bytes().to_vec()));
    let batch = reading::read(&files.collect::<Vec<_>>());
    let endpoints = batch.assets.iter().filter(|a| a.kind == AssetKind::Endpoint);
    endpoints
        .map(|a| match a.get("authenticated") {
            Some(Value::Bool(true)) => Known,
            Some(Value::Bool(false)) => Anyone,
            _ => Unseen,
        })
        .collect()
}

/// What it is, its files, and what is to be said.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Said);

fn check(cases: &[Case<'_>]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(name, files, wanted)| {
            let said = said(files);
            (said.as_slice() != std::slice::from_ref(wanted))
                .then(|| format!("{name}: {said:?}, not {wanted:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A FastAPI handler that asks a model, after what a case puts before it.
macro_rules! fastapi {
    ($before:literal, $route:literal) => {
        concat!(
            "from fastapi import FastAPI, APIRouter, Depends, Header, HTTPException\nfrom openai import OpenAI\nclient = OpenAI()\n",
            $before,
            "\n",
            $route,
            "\n    return client.responses.create(model='gpt-4o', input=q).output_text\n"
        )
    };
}
macro_rules! express {
    ($before:literal, $route:literal) => {
        concat!(
            "const express = require('express');\nconst OpenAI = require('openai');\nconst client = new OpenAI();\n",
            $before,
            "\n",
            $route,
            " res.json(await client.responses.create({model: 'gpt-4o', input: req.body.q})) });\n"
        )
    };
}

const GATEKEEPER: &str = "from fastapi import Header, HTTPException\ndef gatekeeper(x: str = Header()):\n    if x != 's': raise HTTPException(status_code=401)\n";
const METER: &str = "from fastapi import Header\ndef meter(x: str = Header()):\n    print(x)\n";
const ROUTER: &str = fastapi!("router = APIRouter()", "@router.post('/chat')\ndef chat(q: str):");

#[test]
fn fastapi() {
    check(&[
        (
            "nothing",
            &[(
                "main.py",
                fastapi!("app = FastAPI()", "@app.post('/chat')\ndef chat(q: str):"),
            )],
            Anyone,
        ),
        (
            "imported dependency of neutral name",
            &[
                ("deps.py", GATEKEEPER),
                (
                    "main.py",
                    fastapi!(
                        "from deps import gatekeeper\napp = FastAPI()",
                        "@app.post('/chat')\ndef chat(q: str, who=Depends(gatekeeper)):"
                    ),
                ),
            ],
            Known,
        ),
        (
            "imported dependency that checks nothing",
            &[
                ("deps.py", METER),
                (
                    "main.py",
                    fastapi!(
                        "from deps import meter\napp = FastAPI()",
                        "@app.post('/chat')\ndef chat(q: str, m=Depends(meter)):"
                    ),
                ),
            ],
            Anyone,
        ),
        (
            "dependency that was not read",
            &[(
                "main.py",
                fastapi!(
                    "from .deps import gatekeeper\napp = FastAPI()",
                    "@app.post('/chat')\ndef chat(q: str, m=Depends(gatekeeper)):"
                ),
            )],
            Unseen,
        ),
        (
            "dependencies of the route",
            &[
                ("deps.py", GATEKEEPER),
                (
                    "main.py",
                    fastapi!(
                        "from deps import gatekeeper\napp = FastAPI()",
                        "@app.post('/chat', dependencies=[Depends(gatekeeper)])\ndef chat(q: str):"
                    ),
                ),
            ],
            Known,
        ),
        (
            "dependencies of the application",
            &[
                ("deps.py", GATEKEEPER),
                (
                    "main.py",
                    fastapi!(
                        "from deps import gatekeeper\napp = FastAPI(dependencies=[Depends(gatekeeper)])",
                        "@app.post('/chat')\ndef chat(q: str):"
                    ),
                ),
            ],
            Known,
        ),
        (
            "include_router with dependencies",
            &[
                ("app/deps.py", GATEKEEPER),
                ("app/routes.py", ROUTER),
                (
                    "app/main.py",
                    "from fastapi import FastAPI, Depends\nfrom app.routes import router\nfrom app.deps import gatekeeper\napp = FastAPI()\napp.include_router(router, dependencies=[Depends(gatekeeper)])\n",
                ),
            ],
            Known,
        ),
        (
            "include_router without",
            &[
                ("app/routes.py", ROUTER),
                (
                    "app/main.py",
                    "from fastapi import FastAPI\nfrom app import routes\napp = FastAPI()\napp.include_router(routes.router)\n",
                ),
            ],
            Anyone,
        ),
        (
            "a router in a router in an application with dependencies",
            &[
                ("app/deps.py", GATEKEEPER),
                ("app/routes.py", ROUTER),
                (
                    "app/api.py",
                    "from fastapi import APIRouter\nfrom app.routes import router as chat\napi = APIRouter()\napi.include_router(chat)\n",
                ),
                (
                    "app/main.py",
                    "from fastapi import FastAPI, Depends\nfrom .api import api\nfrom .deps import gatekeeper\napp = FastAPI()\napp.include_router(api, dependencies=[Depends(gatekeeper)])\n",
                ),
            ],
            Known,
        ),
        ("nobody mounts the router", &[("app/routes.py", ROUTER)], Unseen),
        (
            "optional user",
            &[(
                "main.py",
                fastapi!(
                    "app = FastAPI()\ndef get_current_user_optional(): return None",
                    "@app.post('/chat')\ndef chat(q: str, u=Depends(get_current_user_optional)):"
                ),
            )],
            Anyone,
        ),
        (
            "bearer that refuses nobody",
            &[(
                "main.py",
                fastapi!(
                    "from fastapi.security import HTTPBearer\napp = FastAPI()\nscheme = HTTPBearer(auto_error=False)",
                    "@app.post('/chat')\ndef chat(q: str, u=Depends(scheme)):"
                ),
            )],
            Anyone,
        ),
        (
            "bearer",
            &[(
                "main.py",
                fastapi!(
                    "from fastapi.security import HTTPBearer\napp = FastAPI()\nscheme = HTTPBearer()",
                    "@app.post('/chat')\ndef chat(q: str, u=Depends(scheme)):"
                ),
            )],
            Known,
        ),
        (
            "the key of a provider",
            &[(
                "main.py",
                fastapi!(
                    "app = FastAPI()\ndef get_api_key(): return ''",
                    "@app.post('/chat')\ndef chat(q: str):\n    key = get_api_key()"
                ),
            )],
            Anyone,
        ),
        (
            "middleware function that refuses",
            &[(
                "main.py",
                fastapi!(
                    "app = FastAPI()\n@app.middleware('http')\nasync def first(request, call_next):\n    if request.headers.get('x-token') != 's':\n        return JSONResponse({}, status_code=401)\n    return await call_next(request)",
                    "@app.post('/chat')\ndef chat(q: str):"
                ),
            )],
            Known,
        ),
        (
            "middleware class of another module",
            &[
                (
                    "mw.py",
                    "from starlette.middleware.base import BaseHTTPMiddleware\nfrom fastapi import HTTPException\nclass First(BaseHTTPMiddleware):\n    async def dispatch(self, request, call_next):\n        if not request.headers.get('x-token'): raise HTTPException(401)\n        return await call_next(request)\n",
                ),
                (
                    "main.py",
                    fastapi!(
                        "from mw import First\napp = FastAPI()\napp.add_middleware(First)",
                        "@app.post('/chat')\ndef chat(q: str):"
                    ),
                ),
            ],
            Known,
        ),
        (
            "headers of security check nobody",
            &[(
                "main.py",
                fastapi!(
                    "from mw import SecurityHeadersMiddleware\napp = FastAPI()\napp.add_middleware(CORSMiddleware)",
                    "@app.post('/chat')\ndef chat(q: str):"
                ),
            )],
            Anyone,
        ),
        (
            "an alias of a type",
            &[
                (
                    "deps.py",
                    "from typing import Annotated\nfrom fastapi import Depends, HTTPException\ndef who(t):\n    raise HTTPException(401)\nCaller = Annotated[str, Depends(who)]\n",
                ),
                (
                    "main.py",
                    fastapi!(
                        "from typing import Annotated\nfrom deps import who\napp = FastAPI()",
                        "@app.post('/chat')\ndef chat(q: str, u: Annotated[str, Depends(who)]):"
                    ),
                ),
            ],
            Known,
        ),
        (
            "an answer of the provider is no refusal",
            &[(
                "main.py",
                fastapi!(
                    "app = FastAPI()",
                    "@app.post('/chat')\ndef chat(q: str):\n    if client.user.status == 401: return ''"
                ),
            )],
            Anyone,
        ),
    ]);
}

#[test]
fn flask_and_django() {
    check(&[
        (
            "before_request",
            &[(
                "a.py",
                fastapi!(
                    "from flask import Flask, request, abort\napp = Flask(__name__)\n@app.before_request\ndef first():\n    if request.headers.get('x') != 's': abort(401)",
                    "@app.route('/chat', methods=['POST'])\ndef chat(q):"
                ),
            )],
            Known,
        ),
        (
            "before_request that counts",
            &[(
                "a.py",
                fastapi!(
                    "from flask import Flask, request\napp = Flask(__name__)\n@app.before_request\ndef first():\n    count(request)",
                    "@app.route('/chat', methods=['POST'])\ndef chat(q):"
                ),
            )],
            Anyone,
        ),
        (
            "login_required",
            &[(
                "a.py",
                fastapi!(
                    "from flask import Flask\nfrom flask_login import login_required\napp = Flask(__name__)",
                    "@app.route('/chat')\n@login_required\ndef chat(q):"
                ),
            )],
            Known,
        ),
        (
            "blueprint, hook of the application",
            &[
                (
                    "web/chat.py",
                    fastapi!(
                        "from flask import Blueprint\nbp = Blueprint('c', __name__)",
                        "@bp.route('/chat')\ndef chat(q):"
                    ),
                ),
                (
                    "web/app.py",
                    "from flask import Flask, request, abort\nfrom web.chat import bp\napp = Flask(__name__)\n@app.before_request\ndef first():\n    if not request.headers.get('x'): abort(401)\napp.register_blueprint(bp)\n",
                ),
            ],
            Known,
        ),
        (
            "permission_classes",
            &[(
                "v.py",
                fastapi!(
                    "from rest_framework.decorators import api_view, permission_classes\nfrom rest_framework.permissions import IsAuthenticated",
                    "@api_view(['POST'])\n@permission_classes([IsAuthenticated])\ndef chat(q):"
                ),
            )],
            Known,
        ),
        (
            "AllowAny",
            &[(
                "v.py",
                fastapi!(
                    "from rest_framework.decorators import api_view, permission_classes\nfrom rest_framework.permissions import AllowAny",
                    "@api_view(['POST'])\n@permission_classes([AllowAny])\ndef chat(q):"
                ),
            )],
            Anyone,
        ),
        (
            "class view with permission_classes",
            &[(
                "v.py",
                fastapi!(
                    "from rest_framework.views import APIView\nfrom rest_framework.permissions import IsAuthenticated",
                    "class Chat(APIView):\n  permission_classes = [IsAuthenticated]\n  def post(self, request):\n    q = request.data['q']"
                ),
            )],
            Known,
        ),
        (
            "class view that lets everybody through",
            &[(
                "v.py",
                fastapi!(
                    "from rest_framework.views import APIView\nfrom rest_framework.permissions import AllowAny",
                    "class Chat(APIView):\n  permission_classes = [AllowAny]\n  def post(self, request):\n    q = request.data['q']"
                ),
            )],
            Anyone,
        ),
        (
            "class view without permissions",
            &[(
                "v.py",
                fastapi!(
                    "from rest_framework import viewsets",
                    "class Chat(viewsets.ViewSet):\n  permission_classes = []\n  def create(self, request):\n    q = request.data['q']"
                ),
            )],
            Anyone,
        ),
        (
            "class view whose settings decide",
            &[(
                "v.py",
                fastapi!(
                    "from rest_framework.views import APIView",
                    "class Chat(APIView):\n  def post(self, request):\n    q = request.data['q']"
                ),
            )],
            Unseen,
        ),
        (
            "get_permissions",
            &[(
                "v.py",
                fastapi!(
                    "from rest_framework.views import APIView\nfrom rest_framework.permissions import IsAdminUser",
                    "class Chat(APIView):\n  def get_permissions(self):\n    return [IsAdminUser()]\n  def post(self, request):\n    q = request.data['q']"
                ),
            )],
            Known,
        ),
        (
            "mixin of a Django view",
            &[(
                "v.py",
                fastapi!(
                    "from django.views import View\nfrom django.contrib.auth.mixins import LoginRequiredMixin",
                    "class Chat(LoginRequiredMixin, View):\n  def get(self, request):\n    q = request.GET['q']"
                ),
            )],
            Known,
        ),
        (
            "decorated dispatch",
            &[(
                "v.py",
                fastapi!(
                    "from django.views import View\nfrom django.utils.decorators import method_decorator\nfrom django.contrib.auth.decorators import login_required",
                    "@method_decorator(login_required, name='dispatch')\nclass Chat(View):\n  def get(self, request):\n    q = request.GET['q']"
                ),
            )],
            Known,
        ),
        (
            "csrf_exempt says nothing of who calls",
            &[(
                "v.py",
                fastapi!(
                    "from django.views import View\nfrom django.utils.decorators import method_decorator\nfrom django.views.decorators.csrf import csrf_exempt",
                    "@method_decorator(csrf_exempt, name='dispatch')\nclass Chat(View):\n  def post(self, request):\n    q = request.POST['q']"
                ),
            )],
            Unseen,
        ),
        (
            "settings decide",
            &[(
                "v.py",
                fastapi!(
                    "from rest_framework.decorators import api_view",
                    "@api_view(['POST'])\ndef chat(q):"
                ),
            )],
            Unseen,
        ),
    ]);
}

const EXPRESS_ROUTER: &str = express!(
    "const router = express.Router();",
    "router.post('/chat', async (req, res) => {"
);

#[test]
fn express() {
    check(&[
        (
            "nothing",
            &[(
                "a.js",
                express!(
                    "const app = express();",
                    "app.post('/chat', async (req, res) => {"
                ),
            )],
            Anyone,
        ),
        (
            "use before",
            &[(
                "a.js",
                express!(
                    "const app = express();\nfunction gate(req, res, next) { if (!req.headers.x) return res.status(401).end(); next(); }\napp.use(gate);",
                    "app.post('/chat', async (req, res) => {"
                ),
            )],
            Known,
        ),
        (
            "use that only counts",
            &[(
                "a.js",
                express!(
                    "const app = express();\nfunction gate(req, res, next) { count(req); next(); }\napp.use(gate);",
                    "app.post('/chat', async (req, res) => {"
                ),
            )],
            Anyone,
        ),
        (
            "use after",
            &[(
                "a.js",
                concat!(
                    express!(
                        "const app = express();",
                        "app.post('/chat', async (req, res) => {"
                    ),
                    "app.use(requireAuth);\n"
                ),
            )],
            Anyone,
        ),
        (
            "use under its path",
            &[(
                "a.js",
                express!(
                    "const app = express();\napp.use('/api', requireAuth);",
                    "app.post('/api/chat', async (req, res) => {"
                ),
            )],
            Known,
        ),
        (
            "use under another path",
            &[(
                "a.js",
                express!(
                    "const app = express();\napp.use('/admin', requireAuth);",
                    "app.post('/api/chat', async (req, res) => {"
                ),
            )],
            Anyone,
        ),
        (
            "a router of sign-in",
            &[(
                "a.js",
                express!(
                    "const app = express();\napp.use(authRouter);",
                    "app.post('/chat', async (req, res) => {"
                ),
            )],
            Anyone,
        ),
        (
            "imported middleware of neutral name",
            &[
                (
                    "gate.js",
                    "const express = require('express');\nmodule.exports = function gate(req, res, next) { if (!req.headers.x) return res.sendStatus(401); next(); };\n",
                ),
                (
                    "a.js",
                    express!(
                        "const gate = require('./gate');\nconst app = express();",
                        "app.post('/chat', gate, async (req, res) => {"
                    ),
                ),
            ],
            Known,
        ),
        (
            "mounted behind a check",
            &[
                (
                    "routes/chat.js",
                    concat!(
                        express!(
                            "const router = express.Router();",
                            "router.post('/chat', async (req, res) => {"
                        ),
                        "module.exports = router;\n"
                    ),
                ),
                (
                    "server.js",
                    "const express = require('express');\nconst app = express();\napp.use('/api', requireAuth, require('./routes/chat'));\n",
                ),
            ],
            Known,
        ),
        (
            "mounted behind nothing",
            &[
                (
                    "routes/chat.js",
                    concat!(
                        express!(
                            "const router = express.Router();",
                            "router.post('/chat', async (req, res) => {"
                        ),
                        "module.exports = router;\n"
                    ),
                ),
                (
                    "server.js",
                    "const express = require('express');\nconst chat = require('./routes/chat');\nconst app = express();\napp.use(express.json());\napp.use('/api', chat);\n",
                ),
            ],
            Anyone,
        ),
        ("mounted nowhere", &[("routes/chat.js", EXPRESS_ROUTER)], Unseen),
        (
            "router.use",
            &[(
                "routes/chat.js",
                express!(
                    "const router = express.Router();\nrouter.use(verifyToken);",
                    "router.post('/chat', async (req, res) => {"
                ),
            )],
            Known,
        ),
        (
            "header compared in the handler",
            &[(
                "a.js",
                express!(
                    "const app = express();",
                    "app.post('/chat', async (req, res) => { if (req.headers.authorization !== process.env.T) return res.status(401).end();"
                ),
            )],
            Known,
        ),
    ]);
}

macro_rules! next {
    ($before:literal) => {
        concat!("import { generateText } from 'ai';\nimport { openai } from '@ai-sdk/openai';\n", "export async function POST(req: Request) {\n", $before, "\n  const { text } = await generateText({ model: openai('gpt-4o'), prompt: (await req.json()).q });\n  return Response.json({ text });\n}\n")
    };
}

#[test]
fn next() {
    let route = "web/app/api/chat/route.ts";
    let gate = |matcher: &str| {
        format!(
            "import {{ NextResponse }} from 'next/server';\nexport function middleware(req) {{\n  if (!req.cookies.get('s')) return NextResponse.redirect(new URL('/login', req.url));\n  return NextResponse.next();\n}}\nexport const config = {{ matcher: [{matcher}] }};\n"
        )
    };
    let (api, other) = (gate("'/api/:path*'"), gate("'/dashboard/:path*'"));
    check(&[
        ("nothing", &[(route, next!(""))], Anyone),
        (
            "session",
            &[(
                route,
                next!(
                    "  const s = await getServerSession(options); if (!s) return new Response('', { status: 401 });"
                ),
            )],
            Known,
        ),
        (
            "middleware that takes it in",
            &[(route, next!("")), ("web/middleware.ts", &api)],
            Known,
        ),
        (
            "middleware of other addresses",
            &[(route, next!("")), ("web/middleware.ts", &other)],
            Anyone,
        ),
        (
            "middleware of another project",
            &[(route, next!("")), ("shop/middleware.ts", &api)],
            Anyone,
        ),
        (
            "middleware that translates",
            &[
                (route, next!("")),
                (
                    "web/middleware.ts",
                    "import createMiddleware from 'next-intl/middleware';\nexport default createMiddleware({ locales: ['en'] });\n",
                ),
            ],
            Anyone,
        ),
        (
            "next-auth",
            &[
                (route, next!("")),
                (
                    "web/middleware.ts",
                    "export { default } from 'next-auth/middleware';\nexport const config = { matcher: ['/api/:path*'] };\n",
                ),
            ],
            Known,
        ),
        (
            "clerk that only looks",
            &[
                (route, next!("")),
                (
                    "web/middleware.ts",
                    "import { clerkMiddleware } from '@clerk/nextjs/server';\nexport default clerkMiddleware();\n",
                ),
            ],
            Anyone,
        ),
    ]);
}

macro_rules! aspnet {
    ($before:literal, $after:literal) => {
        concat!("using OpenAI.Chat;\nvar builder = WebApplication.CreateBuilder(args);\nvar app = builder.Build();\nvar chat = new ChatClient(\"gpt-4o\", key);\n", $before, "\napp.MapPost(\"/chat\", async (string q) => await chat.CompleteChatAsync(q))", $after, ";\n")
    };
}

#[test]
fn aspnet() {
    check(&[
        ("nothing", &[("Program.cs", aspnet!("", ""))], Anyone),
        (
            "middleware alone lets everybody through",
            &[(
                "Program.cs",
                aspnet!("app.UseAuthentication();\napp.UseAuthorization();", ""),
            )],
            Anyone,
        ),
        (
            "required",
            &[(
                "Program.cs",
                aspnet!("app.UseAuthorization();", ".RequireAuthorization()"),
            )],
            Known,
        ),
        (
            "allowed again",
            &[(
                "Program.cs",
                aspnet!("app.UseAuthorization();", ".WithName(\"x\").AllowAnonymous()"),
            )],
            Anyone,
        ),
    ]);
}
