// What serverless.yml cannot say by itself: a part that is there only where a parameter is set.
'use strict';

/** @param {(address: string) => Promise<string>} resolve */
const param = (resolve) => async (name) => (await resolve(`param:${name}`)) ?? '';

module.exports.statements = async ({ resolveVariable }) => {
  const get = param(resolveVariable);
  const [bucket, prefix] = [await get('bucket'), await get('prefix')];
  if (!bucket) {
    if ((await get('release')).startsWith('s3://')) {
      throw new Error('release is in S3: give the parameters bucket and prefix too, for the role');
    }
    return [];
  }
  const path = prefix ? `${prefix.replace(/^\/+|\/+$/g, '')}/*` : '*';
  const resource = { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::' + `${bucket}/${path}` };
  return [{ Effect: 'Allow', Action: 's3:GetObject', Resource: resource }];
};

module.exports.alarmActions = async ({ resolveVariable }) => {
  const topic = await param(resolveVariable)('alarmTopic');
  return topic ? [topic] : [];
};
