# What torchvision makes of pictures: a test writes jobs to standard input and reads the bytes of the results,
# one after the other, from standard output. A job is {path, resize, crop} or {path, box, size}.
#   /usr/bin/python3 test/golden/transform.py < jobs.json > pixels.raw
import json
import sys

from PIL import Image, ImageOps
from torchvision.transforms import CenterCrop, Resize
from torchvision.transforms.functional import resized_crop

for job in json.load(sys.stdin):
    picture = ImageOps.exif_transpose(Image.open(job["path"])).convert("RGB")
    if "crop" in job:
        result = CenterCrop(job["crop"])(Resize(job["resize"])(picture))
    else:
        left, top, width, height = job["box"]
        result = resized_crop(picture, top, left, height, width, [job["size"], job["size"]])
    sys.stdout.buffer.write(result.tobytes())
