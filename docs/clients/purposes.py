"""Reads and changes a hub's registry by a client that `openapi-python-client` has made of its description (docs/api-clients.md).

HUB, TOKEN and AUTHORITY name the hub's address, the token of a program's account, and the certificate of the hub's authority as PEM.
"""
import json
import os
import ssl

from lienthong_hub import AuthenticatedClient
from lienthong_hub.api.registry import get_agency, get_purpose, list_agencies, put_purpose
from lienthong_hub.models import Name, ProblemDetails, Purpose, PurposeReplacement

client = AuthenticatedClient(
    base_url=os.environ["HUB"],
    token=os.environ["TOKEN"],
    verify_ssl=ssl.create_default_context(cafile=os.environ["AUTHORITY"]),
)

# Page by page: `next` is what the next page begins behind.
agencies, after = [], ""
while after is not None:
    page = list_agencies.sync(client=client, after=after, limit=1)
    agencies += page.items
    after = page.next_

agency = get_agency.sync(agencies[0].id, client=client)

# What cannot be done is told as a problem, with a code that never changes its meaning.
problem = get_agency.sync("VN/GOV/KHONG-CO", client=client)
assert isinstance(problem, ProblemDetails)

# Sent again under the same key, as after a connection that broke, a command is not done again.
purpose = Purpose(code="khai-tu", name=Name(vi="Đăng ký khai tử", en="Death registration"))
command = PurposeReplacement(members=purpose, reason="thủ tục mới")
done = [
    put_purpose.sync(purpose.code, client=client, body=command, if_none_match="*", idempotency_key="khai-tu-1")
    for _ in range(2)
]
kept = get_purpose.sync(purpose.code, client=client)

print(json.dumps({
    "agencies": [agency.id for agency in agencies],
    "agency": agency.name.vi,
    "problem": [problem.status, problem.title],
    "done": [answer.effects[0].outcome for answer in done],
    "kept": kept.to_dict(),
}))
