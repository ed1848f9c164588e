from agents import Agent, Runner, function_tool
import smtplib


@function_tool(needs_approval=True)
def send_mail(to: str, body: str) -> str:  # expect: tool send_mail
    """Sends mail."""
    smtplib.SMTP("mail").sendmail("me", to, body)
    return "sent"


helper = Agent(name="Helper", instructions="You help people write mails.", tools=[send_mail], model="gpt-4.1")  # expect: agent Helper; model openai/gpt-4.1


async def main(text):
    return (await Runner.run(helper, text)).final_output
