import asyncio

import litellm


async def suggest(goal: str) -> str:
    response = await litellm.acompletion(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": f"One ffmpeg command for: {goal}"}],
    )
    return response.choices[0].message.content.strip()


async def convert(goal: str) -> int:
    command = await suggest(goal)
    proc = await asyncio.create_subprocess_shell(command)
    return await proc.wait()


async def caption(goal: str, src: str) -> int:
    title = await suggest(f"a short title for {goal}")
    proc = await asyncio.create_subprocess_exec(
        "ffmpeg", "-i", src, "-metadata", f"title={title}", "-c", "copy", "out.mp4"
    )
    return await proc.wait()


async def probe() -> int:
    proc = await asyncio.create_subprocess_shell("ffmpeg -version | head -1")
    return await proc.wait()


async def main() -> None:
    await probe()
    codes = await asyncio.gather(convert("shrink in.mov"), caption("my trip", "in.mov"))
    print(codes)


asyncio.run(main())
